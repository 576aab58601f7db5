"""The settings of the recorded trials of F1 and F2 are those that the tuning chose."""

import pytest

from mtlbook import runs
from mtlbook.experiments.ch01_inductive_bias.f1f2_trials import SETTINGS


@pytest.mark.parametrize("protocol", SETTINGS)
def test_each_arm_has_the_best_cell_of_the_tuning(protocol: str) -> None:
    table = runs.load("f1f2-tuning")
    if protocol == "early stopping only":
        table = table[table["weight_decay"] == 0]
    means = table.groupby(["trunk", "arm", "lr", "weight_decay"])["score"].mean()
    best = means.groupby(["trunk", "arm"]).idxmin()
    assert SETTINGS[protocol] == {cell[:2]: cell[2:] for cell in best}


def test_tuning_and_trials_share_no_seed() -> None:
    tuning, trials = runs.load("f1f2-tuning"), runs.load("f1f2")
    assert not set(tuning["seed"]) & set(trials["seed"])
