"""Settings of the package's tests: no window, one thread."""

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from mtlbook.seeding import one_thread

mpl.use("Agg")
one_thread()


@pytest.fixture(autouse=True)
def clean_canvas() -> Iterator[None]:
    """Close every figure and put the style back, so that no test draws on another's."""
    with mpl.rc_context():
        yield
    plt.close("all")
