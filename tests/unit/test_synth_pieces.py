"""Drawing in pieces, from a stated sample of people: one set of bytes whoever draws, attacks on those learned from."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml
from small_hospital import sampled_hospital
from synth_tables import a_contract, linked, links_are_whole

from factory.checks.comparison import comparison
from factory.cli.main import main
from factory.contract import load, released
from factory.core.errors import FactoryError
from factory.core.files import read_json
from factory.core.spread import Spread
from factory.core.tables import read_dataset
from factory.deid import deidentify
from factory.intake import intake
from factory.synth import pieces, stage
from factory.synth.protocol import engine
from factory.synth.split import split

PEOPLE, LEARNED = 420, 150
KEYS = ("subject_id", "hadm_id")


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    """The contract of a simulated hospital that lets 150 people be learned from, and its people split."""
    root = tmp_path_factory.mktemp("pieces")
    contract = load(sampled_hospital(root / "data", PEOPLE, 3, learned_people=LEARNED))
    intake(contract, str(root / "data"), root / "intake")
    deidentify(contract, root / "intake", root / "deid", 1)
    split(contract, root / "deid", root / "split", 1)
    return contract, root


def _people(contract, folder):
    return set(read_dataset(folder)[1][contract.person][released(contract)[contract.person].key])


def test_as_many_as_the_policy_states_are_learned_from_and_the_others_are_in_neither_part(hospital):
    contract, root = hospital
    everybody = _people(contract, root / "deid")
    train, holdout = (_people(contract, root / "split" / part) for part in ("train", "holdout"))
    assert (len(train), len(holdout)) == (LEARNED, round(len(everybody) * contract.policy.holdout_share))
    assert not train & holdout
    assert train | holdout < everybody
    counts = read_json(root / "split" / "people.json")
    assert counts == {"train": LEARNED, "holdout": len(holdout), "beyond": len(everybody - train - holdout)}


def test_another_seed_learns_from_others_and_the_same_seed_from_the_same(hospital, tmp_path):
    contract, root = hospital
    for name, seed in (("again", 1), ("other", 2)):
        split(contract, root / "deid", tmp_path / name, seed)
    first = _people(contract, root / "split" / "train")
    assert _people(contract, tmp_path / "again" / "train") == first
    assert _people(contract, tmp_path / "other" / "train") != first


@pytest.fixture(scope="module")
def drawn(hospital):
    """Synthetic tables in pieces of 100 people, by this process and by two; whom the engine was given."""
    contract, root = hospital
    given = []

    def seen(name):
        made = engine(name)
        fit = made.fit

        def watched(tables, *more):
            given.append(set(tables[contract.person][released(contract)[contract.person].key]))
            fit(tables, *more)

        made.fit = watched
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "engine", seen)
        stage.synthesize(contract, root / "split", root / "alone", "trees", 1, at_once=100)
    stage.synthesize(contract, root / "split", root / "two", "trees", 1, Spread(processes=2), at_once=100)
    return contract, root, given


def test_attacks_aim_at_exactly_the_people_the_engine_was_given(drawn):
    contract, root, given = drawn
    parts = [read_dataset(at)[1] for at in (root / "split" / "train", root / "split" / "holdout", root / "alone")]
    compared = comparison(contract, *parts, 1)
    key = compared.shapes[contract.person].key
    assert given == [set(compared.part("train")[contract.person][key])]


def test_as_many_are_drawn_as_were_not_held_out_with_keys_that_count_on(drawn):
    _, root, _ = drawn
    made = read_dataset(root / "alone")[1]
    counts = read_json(root / "split" / "people.json")
    people = made["patients"]["patient_id"]
    assert people.tolist() == list(range(1, LEARNED + counts["beyond"] + 1))
    assert len(people) > 200
    visits = made["encounters"]
    assert visits["encounter_id"].tolist() == list(range(1, len(visits) + 1))
    owner = visits["patient_id"]
    assert owner.isin(people).all()
    assert (owner > 100).any() and (owner > 200).any()
    assert owner.nunique() > 200


def test_no_piece_is_the_same_as_another(drawn):
    _, root, _ = drawn
    visits = read_dataset(root / "alone")[1]["encounters"]
    pieces = [
        visits[(visits["patient_id"] - 1) // 100 == at].drop(columns=["patient_id", "encounter_id"]) for at in (0, 1)
    ]
    assert not pieces[0].reset_index(drop=True).equals(pieces[1].reset_index(drop=True))


def test_two_processes_write_the_bytes_that_one_writes(drawn):
    _, root, _ = drawn
    one, two = ({path.name: path.read_bytes() for path in (root / name).iterdir()} for name in ("alone", "two"))
    assert one == two


def test_neither_model_nor_seed_stays(drawn):
    _, root, _ = drawn
    left = [path for name in ("alone", "two") for path in (root / name).rglob("*")]
    assert {path.suffix for path in left} == {".parquet", ".json"}


def test_the_record_says_how_many_were_beyond_the_sample(drawn):
    _, root, _ = drawn
    assert read_json(root / "alone" / "engine.json")["beyond"] == read_json(root / "split" / "people.json")["beyond"]


@pytest.fixture(scope="module")
def ward(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ward") / "tables"
    folder.mkdir()
    for name, frame in linked(150, 2).items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    given = a_contract(2, policy={"learned_people": 120}).model_dump(mode="json", by_alias=True, exclude_none=True)
    (folder.parent / "contract.yaml").write_text(yaml.safe_dump(given))
    return folder


def _synth(ward, out, *more):
    said = ["synth", str(ward), "--contract", str(ward.parent / "contract.yaml"), "--engine", "trees", "--seed", "1"]
    return main([*said, "--out", str(out), "--most-rows-at-once", "60", *more])


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_command_draws_the_same_with_two_workers(ward, tmp_path, form):
    assert _synth(ward, tmp_path / "one", "--format", form) == 0
    assert _synth(ward, tmp_path / "two", "--format", form, "--workers", "2") == 0
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert sorted(one) == [f"admissions.{form}", f"patients.{form}", "synth.json"]
    assert one == two
    assert json.loads(one["synth.json"])["learned"] == 120


def test_no_workers_are_refused(ward, tmp_path, capsys):
    assert _synth(ward, tmp_path / "none", "--workers", "0") != 0
    assert "--workers must be 1 or more." in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_links_hold_over_pieces(ward, tmp_path):
    assert _synth(ward, tmp_path / "out", "--format", "parquet") == 0
    made = {path.stem: pd.read_parquet(path) for path in (tmp_path / "out").glob("*.parquet")}
    # This ward's keys are text.
    made = {name: frame.astype({key: int for key in KEYS if key in frame}) for name, frame in made.items()}
    links_are_whole(a_contract(2), made)
    assert len(made["patients"]) == 150


def test_a_piece_that_fails_leaves_nothing(hospital, tmp_path):
    contract, root = hospital
    out = tmp_path / "synth"

    class Failing(type(engine("trees"))):
        def sample(self, people, seed, conditions=()):
            raise FactoryError("It cannot.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "engine", lambda name: Failing())
        with pytest.raises(FactoryError, match="It cannot"):
            stage.synthesize(contract, root / "split", out, "trees", 1, at_once=100)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("values", "stored"),
    [
        (["b", None, "a", "b"], ["b", None, "a", "b"]),
        ([None, None], [None, None]),
        ([], []),
        (["a", np.nan, pd.NA], ["a", None, None]),
        ([True, False, None], ["True", "False", None]),
        # Equal to each other, and yet not the same text.
        ([1, True, "1", 1.0], ["1", "True", "1", "1.0"]),
    ],
)
def test_text_of_a_piece_is_stored_as_text_whatever_it_repeats(values, stored):
    made = pieces._array(pd.Series(values, dtype=object))
    assert (str(made.type), made.to_pylist()) == ("string", stored)
