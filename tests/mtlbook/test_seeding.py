"""mtlbook.seeding."""

import torch

from mtlbook.seeding import one_thread


def test_one_thread_is_left() -> None:
    torch.set_num_threads(2)
    one_thread()
    assert torch.get_num_threads() == 1
