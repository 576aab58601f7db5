"""The experiments of chapter 11, and what the chapter takes for its own."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.data.cheap_labels import CHEAP
    from mtlbook.evaluation.information import MEASURES, entropy, measures
    from mtlbook.evaluation.ranks import rank_correlation, spearman
    from mtlbook.experiments.ch11_auxiliary_tasks.aux_gum import MAINS as GUM_MAINS
    from mtlbook.experiments.ch11_auxiliary_tasks.aux_toy import (
        MAINS,
        SETUP,
        auxiliaries,
        split_with_labels,
    )
    from mtlbook.experiments.ch11_auxiliary_tasks.auxiliary import (
        COLUMNS,
        CONTROLS,
        fit_pair,
        joint_probes,
        shared_tagger,
        summary,
    )
    from mtlbook.toy_language import readable

__all__ = [
    "CHEAP",
    "COLUMNS",
    "CONTROLS",
    "GUM_MAINS",
    "MAINS",
    "MEASURES",
    "SETUP",
    "auxiliaries",
    "entropy",
    "fit_pair",
    "joint_probes",
    "measures",
    "rank_correlation",
    "readable",
    "shared_tagger",
    "spearman",
    "split_with_labels",
    "summary",
]

__getattr__, __dir__ = lazily(__name__)
