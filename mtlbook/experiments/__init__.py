"""Experiments too long for a notebook, each a grid of configurations and seeds."""

from mtlbook.experiments.ch01_inductive_bias.boolean import BOOLEAN_TUNING
from mtlbook.experiments.ch01_inductive_bias.f1f2 import F1F2_TUNING
from mtlbook.experiments.ch01_inductive_bias.f1f2_trials import F1F2
from mtlbook.experiments.ch02_why_it_works.alvinn import ALVINN_MAP, ALVINN_TASKS
from mtlbook.experiments.ch02_why_it_works.controls import CONTROLS, DIGIT_REMEDIES
from mtlbook.experiments.ch03_hard_sharing.gum_hard import GUM_HARD_TUNING
from mtlbook.experiments.ch03_hard_sharing.gum_hard_trials import GUM_HARD
from mtlbook.experiments.ch03_hard_sharing.toy_hard import TOY_HARD_TUNING
from mtlbook.experiments.ch03_hard_sharing.toy_hard_trials import TOY_HARD
from mtlbook.experiments.ch04_soft_sharing.soft_sharing import SOFT_TUNING
from mtlbook.experiments.ch04_soft_sharing.soft_tagging import SOFT_TAGGING_TUNING
from mtlbook.experiments.ch04_soft_sharing.soft_tagging_trials import SOFT_TAGGING
from mtlbook.experiments.ch04_soft_sharing.soft_trials import SOFT_DIAL
from mtlbook.experiments.ch05_sluice_networks.gum_sluice import GUM_SLUICE_TUNING
from mtlbook.experiments.ch05_sluice_networks.gum_sluice_trials import (
    GUM_SLUICE,
    GUM_SLUICE_LEARNED,
)
from mtlbook.experiments.ch05_sluice_networks.sluice_cuts import SLUICE_CUTS
from mtlbook.experiments.ch05_sluice_networks.sluice_noise import SLUICE_NOISE
from mtlbook.experiments.ch05_sluice_networks.sluice_toy import SLUICE_TOY_TUNING
from mtlbook.experiments.ch05_sluice_networks.sluice_toy_trials import (
    SLUICE_COURSE,
    SLUICE_TOY,
    SLUICE_TOY_LEARNED,
)
from mtlbook.experiments.ch06_balancing.balance import (
    BALANCE_DIGITS_TUNING,
    BALANCE_FOUR_TUNING,
    BALANCE_TUNING,
)
from mtlbook.experiments.ch06_balancing.balance_landscape import BALANCE_LANDSCAPE
from mtlbook.experiments.ch06_balancing.balance_trials import (
    BALANCE_DIGITS,
    BALANCE_FOUR_LONG,
    BALANCE_LONG,
)
from mtlbook.experiments.ch07_reading_comprehension.squad_reader import SQUAD_READER_TUNING
from mtlbook.experiments.ch07_reading_comprehension.squad_reader_trials import SQUAD_READER
from mtlbook.experiments.ch07_reading_comprehension.toy_attention import TOY_ATTENTION
from mtlbook.experiments.ch07_reading_comprehension.toy_reader import TOY_READER
from mtlbook.experiments.ch08_mrc_multitask.reweighting_trials import REWEIGHTING
from mtlbook.experiments.ch08_mrc_multitask.reweighting_tuning import REWEIGHTING_TUNING
from mtlbook.experiments.ch09_ms_marco.search_trials import SEARCH, SEARCH_TUNING
from mtlbook.experiments.ch09_ms_marco.synthesis_trials import SYNTHESIS
from mtlbook.experiments.ch10_pretraining.gum_entropy import GUM_ENTROPY
from mtlbook.experiments.ch10_pretraining.gum_pretraining import GUM_PRETRAINING_TUNING
from mtlbook.experiments.ch10_pretraining.gum_pretraining_trials import GUM_PRETRAINING
from mtlbook.experiments.ch10_pretraining.gum_text import GUM_TEXT
from mtlbook.experiments.ch11_auxiliary_tasks.aux_gum import AUX_GUM, AUX_GUM_JOINT, AUX_GUM_LABELS
from mtlbook.experiments.ch11_auxiliary_tasks.aux_joint import AUX_TOY_JOINT
from mtlbook.experiments.ch11_auxiliary_tasks.aux_mains import AUX_MAINS
from mtlbook.experiments.ch11_auxiliary_tasks.aux_toy import AUX_TOY
from mtlbook.experiments.ch12_shared_and_private.branches_controls import (
    BRANCHES_CONTROLS,
    BRANCHES_LARGER,
    BRANCHES_PENALTY,
)
from mtlbook.experiments.ch12_shared_and_private.branches_probes import BRANCHES_PROBES
from mtlbook.experiments.ch12_shared_and_private.branches_trials import BRANCHES
from mtlbook.experiments.ch12_shared_and_private.branches_tuning import BRANCHES_TUNING
from mtlbook.experiments.ch12_shared_and_private.gum_branches import GUM_BRANCHES
from mtlbook.experiments.ch13_noise.boolean_noise import BOOLEAN_NOISE_TUNING
from mtlbook.experiments.ch13_noise.boolean_noise_trials import BOOLEAN_NOISE
from mtlbook.experiments.ch13_noise.gum_noise import GUM_NOISE
from mtlbook.experiments.ch13_noise.noise_outputs import NOISE_OUTPUTS_TUNING
from mtlbook.experiments.ch13_noise.noise_outputs_trials import NOISE_OUTPUTS
from mtlbook.experiments.ch13_noise.teacher_noise import TEACHER_NOISE_TUNING
from mtlbook.experiments.common.base import Experiment

EXPERIMENTS: dict[str, Experiment] = {
    e.name: e
    for e in (
        BOOLEAN_TUNING,
        F1F2_TUNING,
        F1F2,
        ALVINN_MAP,
        ALVINN_TASKS,
        CONTROLS,
        DIGIT_REMEDIES,
        TOY_HARD_TUNING,
        TOY_HARD,
        GUM_HARD_TUNING,
        GUM_HARD,
        SOFT_TUNING,
        SOFT_DIAL,
        SOFT_TAGGING_TUNING,
        SOFT_TAGGING,
        SLUICE_TOY_TUNING,
        SLUICE_TOY,
        SLUICE_TOY_LEARNED,
        SLUICE_COURSE,
        SLUICE_CUTS,
        SLUICE_NOISE,
        GUM_SLUICE_TUNING,
        GUM_SLUICE,
        GUM_SLUICE_LEARNED,
        GUM_ENTROPY,
        GUM_TEXT,
        GUM_PRETRAINING_TUNING,
        GUM_PRETRAINING,
        BALANCE_TUNING,
        BALANCE_FOUR_TUNING,
        BALANCE_DIGITS_TUNING,
        BALANCE_DIGITS,
        BALANCE_LONG,
        BALANCE_FOUR_LONG,
        BALANCE_LANDSCAPE,
        TOY_READER,
        TOY_ATTENTION,
        SQUAD_READER_TUNING,
        SQUAD_READER,
        REWEIGHTING_TUNING,
        REWEIGHTING,
        SEARCH_TUNING,
        SEARCH,
        SYNTHESIS,
        BOOLEAN_NOISE_TUNING,
        BOOLEAN_NOISE,
        TEACHER_NOISE_TUNING,
        NOISE_OUTPUTS_TUNING,
        NOISE_OUTPUTS,
        GUM_NOISE,
        BRANCHES_TUNING,
        BRANCHES,
        BRANCHES_CONTROLS,
        BRANCHES_LARGER,
        BRANCHES_PENALTY,
        BRANCHES_PROBES,
        GUM_BRANCHES,
        AUX_TOY,
        AUX_TOY_JOINT,
        AUX_MAINS,
        AUX_GUM,
        AUX_GUM_JOINT,
        AUX_GUM_LABELS,
    )
}
"""Every recorded run by its name."""

__all__ = ["EXPERIMENTS", "Experiment"]
