"""The register of batches: who is known again, what is kept of them, and that the ledger loses and doubles nobody."""

import dataclasses
import json
import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import time

import pandas as pd
import pytest

from factory.audit import Act, Outcome, append, read
from factory.batches import together
from factory.batches.ledger import Batch, Ledger
from factory.batches.people import compare, digests, rows_of
from factory.batches.register import open_register
from factory.batches.standing import give_identity, relative, sent, standing
from factory.checks.measure import Outcome as Outcomes
from factory.contract import load
from factory.core.errors import StorageError
from factory.core.run import Run, RunState
from factory.evidence.shown import shown_part, shown_together
from factory.intake.validate import examine


@pytest.fixture(scope="module")
def tables(hospital):
    contract = load(hospital / "contract.yaml")
    return contract, examine(contract, str(hospital))[0]


@pytest.fixture
def register(tmp_path):
    return open_register(tmp_path / "register")


def found(tables, register, change=None):
    contract, frames = tables
    frames = {name: frame.copy() for name, frame in frames.items()}
    if change is not None:
        change(frames)
    return digests(contract, frames.__getitem__, register)


def test_who_is_new_changed_unchanged_and_gone(tables, register):
    before = found(tables, register)

    def later(frames):
        patients, stays = frames["patients"], frames["encounters"]
        gone = patients["mrn"].iloc[0]
        frames["patients"] = patients[patients["mrn"] != gone]
        frames["encounters"] = stays[stays["mrn"] != gone].copy()
        changed = frames["encounters"]["mrn"] == patients["mrn"].iloc[1]
        frames["encounters"].loc[changed, "num_medications"] += 1

    now = found(tables, register, later)
    assert not compare(before, before).taken.any()
    since = compare(now, before)
    assert (since.new, since.changed, since.unchanged, since.gone) == (0, 1, len(now) - 1, 1)
    back = compare(before, now)
    assert (back.new, back.changed, back.unchanged, back.gone) == (1, 1, len(now) - 1, 0)


@pytest.mark.parametrize("column", ["phone_mobile", "email", "address"])
def test_a_new_telephone_number_changes_nobody(tables, register, column):
    def moved(frames):
        frames["patients"][column] = "x"

    assert not compare(found(tables, register, moved), found(tables, register)).taken.any()


def test_neither_order_nor_numbers_of_rows_change_anybody_and_a_row_more_does(tables, register):
    before = found(tables, register)

    def again(frames):
        frames["encounters"] = frames["encounters"].sample(frac=1, random_state=1)
        frames["encounters"]["encounter_id"] = [f"E{n}" for n in range(len(frames["encounters"]))]

    def twice(frames):
        first = frames["encounters"].head(1)
        frames["encounters"] = pd.concat([frames["encounters"], first.assign(encounter_id="E0")], ignore_index=True)

    assert not compare(found(tables, register, again), before).taken.any()
    assert compare(found(tables, register, twice), before).changed == 1


def test_a_register_keeps_no_identifier_and_another_key_knows_nobody(tables, register, tmp_path):
    contract, frames = tables
    own = found(tables, register)
    Ledger(register.ledger).enter(Batch("a", "../a", "HK", 2026, 2026), [bytes.fromhex(p) for p in own["person"]])
    kept = register.ledger.read_bytes() + own.to_csv().encode()
    assert not any(mrn.encode() in kept for mrn in frames["patients"]["mrn"])
    other = found(tables, open_register(tmp_path / "other"))
    assert not set(own["person"]) & set(other["person"])
    assert not set(own["rows"]) & set(other["rows"])
    another = dataclasses.replace(register), contract.model_copy(update={"licensor": "Another hospital"})
    assert not set(digests(another[1], frames.__getitem__, another[0])["person"]) & set(own["person"])


def test_rows_of_some_people_are_all_theirs_and_nobody_elses(tables):
    contract, frames = tables
    some = set(frames["patients"]["mrn"].head(7))
    made = rows_of(contract, frames.__getitem__, some)
    assert list(made) == list(frames)
    assert set(made["patients"]["mrn"]) == some
    stays = frames["encounters"][frames["encounters"]["mrn"].isin(some)]
    assert made["encounters"]["encounter_id"].tolist() == stays["encounter_id"].tolist()
    notes = frames["notes"][frames["notes"]["encounter_id"].isin(stays["encounter_id"])]
    assert made["notes"]["note_id"].tolist() == notes["note_id"].tolist()


def test_only_its_owner_reads_a_register(register):
    Ledger(register.ledger)
    assert stat.S_IMODE(register.home.stat().st_mode) == 0o700
    for path in register.home.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_a_register_that_lost_its_key_is_not_begun_anew(register):
    Ledger(register.ledger)
    (register.home / "register.key").unlink()
    with pytest.raises(StorageError, match="lost its key"):
        open_register(register.home)


def test_a_damaged_ledger_is_one_sentence(register):
    register.ledger.write_bytes(b"not a database, and longer than its header would be" * 40)
    with pytest.raises(StorageError, match="ledger of batches"):
        Ledger(register.ledger)


PEOPLE = [bytes([n]) * 16 for n in range(40)]


def test_the_same_person_twice_counts_once_and_a_batch_again_replaces_itself(register):
    ledger = Ledger(register.ledger)
    ledger.enter(Batch("a", "../a", "HK", 2026, 2026), PEOPLE[:20])
    ledger.enter(Batch("b", "../b", "HK", 2026, 2027), PEOPLE[10:40])
    assert ledger.people(["a", "b"]) == 40
    assert ledger.shared("a") == {"b": 10}
    ledger.enter(Batch("b", "../b", "HK", 2026, 2027), PEOPLE[15:25])
    assert ledger.people(["a", "b"]) == 25
    assert len(ledger.batches()) == 2


def _enter(path, name, rounds):
    for n in range(rounds):
        ids = [f"{name}{n}-{person}".encode() for person in range(50)]
        Ledger(path).enter(Batch(f"{name}{n}", "../x", "HK", 2026, 2026), ids)


def test_batches_entered_at_once_are_all_counted(register):
    Ledger(register.ledger)
    context = multiprocessing.get_context("spawn")
    work = [context.Process(target=_enter, args=(register.ledger, name, 10)) for name in "abcd"]
    for process in work:
        process.start()
    for process in work:
        process.join(120)
        assert process.exitcode == 0
    ledger = Ledger(register.ledger)
    assert len(ledger.batches()) == 40
    assert ledger.people([batch.id for batch in ledger.batches()]) == 4 * 10 * 50


ENDLESS = """
import sys
from pathlib import Path
from factory.batches.ledger import Batch, Ledger
ledger = Ledger(Path(sys.argv[1]))
people = [n.to_bytes(16, "big") for n in range(int(sys.argv[2]))]
print("ready", flush=True)
while True:
    ledger.enter(Batch("killed", "../k", "HK", 2026, 2026), people)
"""


@pytest.mark.parametrize("pause", [0.0, 0.05, 0.11, 0.2])
def test_a_batch_is_entered_whole_or_not_at_all_when_its_process_is_killed(register, pause):
    many = 30_000
    words = [sys.executable, "-c", ENDLESS, str(register.ledger), str(many)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    time.sleep(pause)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    ledger = Ledger(register.ledger)
    assert ledger.people(["killed"]) in (0, many)
    ledger.enter(Batch("killed", "../k", "HK", 2026, 2026), [b"1" * 16])
    assert ledger.people(["killed"]) == 1


def batch_of(register, tmp_path, name, people, state=None, years=(2026, 2026), destination="HK"):
    run = Run(tmp_path / name)
    run.create()
    ledger = Ledger(register.ledger)
    own = give_identity(run, register.home, ledger)
    ledger.enter(Batch(own, relative(run, register.home), destination, *years), people)
    if state is not None:
        run.set_state(state=state.value)
    return run, own


def counted(register, own, year=2026, destination="HK"):
    return sent(Ledger(register.ledger), register.home, own, destination, year)


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        (None, True),
        (RunState.DRAFT, True),
        (RunState.AWAITING_REVIEW, True),
        (RunState.APPROVED, True),
        (RunState.FAILED_GATES, False),
        (RunState.CHANGES_ASKED, False),
        (RunState.REFUSED, False),
        (RunState.EXPIRED, False),
    ],
)
def test_who_may_still_go_counts_and_who_was_refused_does_not(register, tmp_path, state, counts):
    batch_of(register, tmp_path, "first", PEOPLE[:20], state)
    _, own = batch_of(register, tmp_path, "second", PEOPLE[15:30])
    assert counted(register, own) == ((30, 15) if counts else (15, 0))


def test_who_went_counts_in_the_year_they_went_in_whatever_became_of_the_release(register, tmp_path):
    first, old = batch_of(register, tmp_path, "first", PEOPLE[:20], RunState.REVOKED, (2024, 2025))
    year = int(append(first.audit, "dan", Act.RELEASE, "0" * 64, Outcome.BEGUN).at[:4])
    _, own = batch_of(register, tmp_path, "second", PEOPLE[15:30], years=(year, year))
    assert counted(register, own, year) == (30, 15)
    assert counted(register, own, 2025) == (15, 0)
    (entry,) = [one for one in Ledger(register.ledger).batches() if one.id == old]
    assert standing(register.home, entry).out


def test_another_destination_and_another_year_are_counted_apart(register, tmp_path):
    batch_of(register, tmp_path, "first", PEOPLE[:20], RunState.AWAITING_REVIEW, (2025, 2026), "SG")
    _, own = batch_of(register, tmp_path, "second", PEOPLE[15:30])
    assert counted(register, own) == (15, 0)
    assert counted(register, own, destination="SG") == (30, 15)
    assert counted(register, own, 2027, "SG") == (15, 0)


def test_a_run_whose_folder_is_gone_or_damaged_may_have_gone_out(register, tmp_path):
    first, _ = batch_of(register, tmp_path, "first", PEOPLE[:20], RunState.REFUSED)
    _, own = batch_of(register, tmp_path, "second", PEOPLE[15:30])
    assert counted(register, own) == (15, 0)
    (first.root / "run.json").write_text("{")
    assert counted(register, own) == (30, 15)
    first.root.rename(tmp_path / "elsewhere")
    assert counted(register, own) == (30, 15)


def test_a_copied_run_folder_is_a_batch_of_its_own(register, tmp_path):
    import shutil

    first, own = batch_of(register, tmp_path, "first", PEOPLE[:20])
    copy = Run(tmp_path / "copy")
    shutil.copytree(first.root, copy.root)
    ledger = Ledger(register.ledger)
    assert give_identity(copy, register.home, ledger) != own
    assert give_identity(first, register.home, ledger) == own
    # Moved is not copied.
    first.root.rename(tmp_path / "moved")
    assert give_identity(Run(tmp_path / "moved"), register.home, ledger) == own


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"new": 200, "changed": 30, "gone": 0}, {"new": 200, "changed": 30, "gone": 0}),
        ({"new": 200, "changed": 3, "gone": 0}, {"new": "≥11", "changed": "<11", "gone": "<11"}),
    ],
)
def test_a_small_count_does_not_follow_from_the_others(counts, said):
    assert shown_together(counts, 11) == said


@pytest.mark.parametrize(("part", "said"), [(0, 0), (1, "<11"), (11, 11), (89, 89), (95, "≥11"), (100, 100)])
def test_the_rest_of_a_whole_is_not_told_by_its_part(part, said):
    assert shown_part(part, 100, 11) == said


def test_the_register_is_listed_and_a_lost_batch_is_taken_out_by_name(register, tmp_path, factory):
    first, lost = batch_of(register, tmp_path, "first", PEOPLE[:20], RunState.AWAITING_REVIEW)
    batch_of(register, tmp_path, "second", PEOPLE[15:30], RunState.AWAITING_REVIEW)
    said = factory("batches", register.home).stdout
    assert "first: awaiting review, 20 people to HK, 2026" in said
    assert said.splitlines()[-1] == "HK 2026: 30 different people"
    # While its run is there it is that run's to say.
    assert factory("batches", register.home, "--forget", lost, "--as", "alice").returncode == 32
    first.root.rename(tmp_path / "deleted")
    assert factory("batches", register.home, "--forget", lost).returncode == 30
    assert "HK 2026: 30 " in factory("batches", register.home).stdout
    done = factory("batches", register.home, "--forget", lost, "--as", "alice")
    assert done.stdout.splitlines()[-1] == "HK 2026: 15 different people"
    (entry,) = read(register.home / "audit.jsonl")
    assert (entry.who, entry.act, entry.outcome) == ("alice", Act.WITHDRAW, Outcome.DONE)
    assert factory("batches", register.home, "--forget", lost, "--as", "alice").returncode == 32


def test_what_is_no_register_is_one_sentence(tmp_path, factory):
    done = factory("batches", tmp_path)
    assert done.returncode == 32 and "not a register" in done.stderr
    assert list(tmp_path.iterdir()) == []


def claiming(hospital, tmp_path, name, private, epsilon=3.0):
    run = Run(tmp_path / name)
    run.stage("synth").mkdir(parents=True)
    text = (hospital / "contract.yaml").read_text()
    assert "policy: {" in text
    (run.source / "contract.yaml").write_text(text.replace("policy: {", f"policy: {{epsilon: {epsilon}, "))
    (run.stage("synth") / "engine.json").write_text(json.dumps({"abilities": {"private": private}}))
    return run


def test_epsilon_adds_up_over_the_releases_that_one_person_is_in(hospital, tmp_path):
    contract = load(hospital / "contract.yaml")
    runs = [claiming(hospital, tmp_path, name, True, epsilon) for name, epsilon in (("a", 3.0), ("b", 4.0), ("c", 5.0))]
    apart = [{"x": "train", "y": "train"}, {"x": "train"}, {"y": "train"}]
    (figure,) = together._epsilon(contract, runs, apart, 0)
    assert (figure.value, figure.outcome) == (8.0, Outcomes.PASS)
    both = [{"x": "train"}, {"x": "train"}, {"x": "train"}]
    (figure,) = together._epsilon(contract, runs, both, 0)
    assert (figure.value, figure.outcome) == (12.0, Outcomes.FAIL)
    # Who was held out of a release spent nothing there.
    (figure,) = together._epsilon(contract, runs, [{"x": "train"}, {"x": "train"}, {"x": "holdout"}], 0)
    assert (figure.value, figure.outcome) == (7.0, Outcomes.PASS)


def test_a_release_without_a_claim_leaves_none_for_the_people_in_it(hospital, tmp_path):
    contract = load(hospital / "contract.yaml")
    runs = [claiming(hospital, tmp_path, "a", True), claiming(hospital, tmp_path, "b", False)]
    shared = [{"x": "train"}, {"x": "train"}]
    assert together._epsilon(contract, runs, shared, 0)[0].outcome is Outcomes.INCONCLUSIVE
    assert together._epsilon(contract, runs[:1], shared[:1], 1)[0].outcome is Outcomes.INCONCLUSIVE
    assert together._epsilon(contract, runs, [{"x": "train"}, {"x": "holdout"}], 0)[0].outcome is Outcomes.PASS
    assert together._epsilon(contract, runs[::-1], shared, 0) == []
