"""Through the whole line: a generator that leaks a little passes once, and is refused with its second release."""

import numpy as np
import pandas as pd
import pytest
import yaml
from leaks import KEY as TEXT_KEY
from leaks import mixed, noisy

import factory.synth.stage
from factory.core.errors import GateFailed
from factory.core.files import read_json
from factory.core.run import RunState
from factory.line.produce import plain, prepare, produce
from factory.synth.protocol import EngineInfo

PEOPLE, COLUMNS, SHARE = 5000, list("abcdef"), 0.19
KEY = {**TEXT_KEY, "as": "row"}
# All that would find the copies in one release is allowed here, but for the attack itself.
POLICY = {
    "membership_auc": 0.63, "membership_auc_exposed": 0.99, "membership_tpr": 0.95, "disclosure_advantage": 1.0,
    "identity_disclosure": 1.0, "exact_copy_share": 1.0, "fidelity_ratio": 0.01,
}  # fmt: skip


class Leaky:
    """Draws people of the known population, and a share near copies of people learned from, chosen anew each time."""

    info = EngineInfo("leaky", "none", "0", "MIT")

    def fit(self, tables, contract, seed):
        self.redrawn = {}
        self.learned = tables["people"]

    def sample(self, people, seed):
        dice = np.random.default_rng(seed)
        real = self.learned[COLUMNS]
        fresh = pd.DataFrame(dice.normal(size=(people, len(COLUMNS))), columns=COLUMNS).round(4)
        made = mixed(noisy(real, dice, 0.02), fresh, SHARE, dice).round(4)
        # Within what the tables hold, as de-identification leaves them.
        made = made.clip(real.min(), real.max(), axis=1)
        made.insert(0, "row", np.arange(1, people + 1))
        return {"people": made}


def export(folder, people):
    folder.mkdir()
    people.to_csv(folder / "people.csv", index=False)
    columns = {name: {"role": "clinical", "type": "number"} for name in COLUMNS}
    contract = {
        "contract": 1, "name": "leaks", "title": "Leaks", "licensor": "Nobody", "person": "people", "policy": POLICY,
        "regimes": ["hipaa-safe-harbor"], "tables": {"people": {"key": "id", "columns": {"id": KEY, **columns}}},
    }  # fmt: skip
    (folder / "contract.yaml").write_text(yaml.safe_dump(contract))
    return folder


SEEDS = {"one": 1, "two": 2}


def made(folder, home, name, since=None):
    run = prepare(
        folder / "contract.yaml", str(folder), home / name, "trees", SEEDS[name], "producer", None, since=since
    )
    return run, produce(run, plain)


def test_a_generator_that_leaks_a_little_is_refused_with_its_second_release(monkeypatch, tmp_path):
    monkeypatch.setattr(factory.synth.stage, "engine", lambda name: Leaky())
    dice = np.random.default_rng(5)
    people = pd.DataFrame(dice.normal(size=(PEOPLE, len(COLUMNS))), columns=COLUMNS).round(4)
    people.insert(0, "id", [f"P{n:05}" for n in range(PEOPLE)])
    first = export(tmp_path / "first", people)
    people["a"] = (people["a"] + 0.0001).round(4)
    second = export(tmp_path / "second", people)

    one, state = made(first, tmp_path, "one")
    assert state is RunState.AWAITING_REVIEW
    # Alone the second is as good as the first: in a register of its own it passes.
    (tmp_path / "apart").mkdir()
    assert made(second, tmp_path / "apart", "two")[1] is RunState.AWAITING_REVIEW
    with pytest.raises(GateFailed, match="RL-11") as caught:
        made(second, tmp_path, "two", one.root)
    assert caught.value.exit_code == 40
    dossier = read_json(tmp_path / "two" / "release" / "candidate" / "dossier.json")
    assert {row["control"] for row in dossier["failures"]} == {"RL-11"}
    assert dossier["batch"]["since"] == {"new": 0, "changed": PEOPLE, "unchanged": 0, "gone": 0}
    figures = {row["name"]: row for row in dossier["measures"]}
    assert figures["membership_auc"]["outcome"] == "pass"
    assert figures["linked_membership_auc"]["outcome"] == "fail"
