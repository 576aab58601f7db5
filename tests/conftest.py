"""Settings of the whole test run."""

from hypothesis import settings

# The same examples on every run: a test fails for a change, not for bad luck.
settings.register_profile("book", derandomize=True, deadline=None, database=None)
settings.load_profile("book")
