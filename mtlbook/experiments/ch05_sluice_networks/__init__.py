"""The experiments of chapter 5, and what its notebook takes from them."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.data.vocabulary import IGNORE as IGNORE
    from mtlbook.experiments.ch03_hard_sharing.toy_hard import VOCABULARY as VOCABULARY
    from mtlbook.experiments.ch03_hard_sharing.toy_hard import Arm as Given
    from mtlbook.experiments.ch03_hard_sharing.toy_hard import toy_split as toy_split
    from mtlbook.experiments.ch05_sluice_networks.sluice_toy import DIAL_ARMS as DIAL_ARMS
    from mtlbook.experiments.ch05_sluice_networks.sluice_toy import network_of as network_of
    from mtlbook.runs.tuning import chosen as chosen

__all__ = ["DIAL_ARMS", "IGNORE", "VOCABULARY", "Given", "chosen", "network_of", "toy_split"]

__getattr__, __dir__ = lazily(__name__)
