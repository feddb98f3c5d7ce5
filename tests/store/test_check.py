"""What somebody changes in the tables behind the log's back is found, and races that must not matter."""

import random
import signal
import threading
import time

import pytest
import sqlalchemy as sa
from store.rooms import Clock, setting
from unit.candidates import PRODUCER, make_run

from factory.core.errors import NotReady, ReviewError, RunError, StorageError
from factory.core.run import RunState
from factory.review.room import Room
from factory.review.room.check import check_rows
from factory.store import log, open_store

QUESTIONS = [{"control": "GD-7", "sentence": "Is the legal basis on file?"}]
FORGED = "'" + "e" * 64 + "'"


@pytest.fixture
def here(store, tmp_path):
    """A room in which a candidate was answered, commented, approved and released."""
    here = setting(store, tmp_path, questions=QUESTIONS)
    here.room.attest(here.answer("Dr Ho", "GD-7"))
    here.room.comment(here.digest, "Dr Ho", "Good.")
    for name in ("Dr Wong", "Dr Lau"):
        here.room.vote(here.vote(name))
    here.room.mark_released(here.digest, "Ms Lee")
    return here


def change(store, statement):
    with store.writing() as connection:
        connection.execute(sa.text(statement))


def test_a_room_that_nobody_touched_agrees_with_its_log(here, tmp_path):
    other = here.room.submit(make_run(tmp_path, "next", version="1.1.0").run.candidate, PRODUCER)
    here.room.revoke(here.digest, "Ms Lee", "A person withdrew.")
    here.clock.now = here.clock.now.replace(year=2099)
    assert here.room.get(other.digest).state is RunState.REFUSED
    check_rows(here.room.store)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE submissions SET state = 'approved'", "candidate .* is not as the log says"),
        ("UPDATE submissions SET document = votes.document FROM votes", "candidate .* is not as the log says"),
        ("DELETE FROM votes WHERE plain = 'dr lau'", "vote .* of the log is not in the room"),
        ("UPDATE votes SET plain = 'dr ho' WHERE plain = 'dr lau'", "vote .* is not as the log says"),
        (f"UPDATE votes SET digest = {FORGED} WHERE plain = 'dr lau'", "vote "),
        (f"INSERT INTO votes SELECT {FORGED}, candidate, 'x', document FROM votes LIMIT 1", "vote eeeeeeeeeeee "),
        ("DELETE FROM attestations", "answer .* of the log is not in the room"),
        ("UPDATE comments SET text = 'Bad.'", "comment .* is not as the log says"),
        ("UPDATE comments SET name = 'Dr Lau'", "comment .* is not as the log says"),
        ("DELETE FROM comments", "comment .* of the log is not in the room"),
    ],
)
def test_a_row_changed_behind_the_log_is_found_and_named(here, statement, said):
    check_rows(here.room.store)
    change(here.room.store, statement)
    log.verify(here.room.store)  # the log itself is whole
    with pytest.raises(RunError, match=said):
        check_rows(here.room.store)


def test_a_release_that_cannot_be_revoked_keeps_no_trace_of_the_attempt(store, tmp_path):
    here = setting(store, tmp_path)
    with pytest.raises(NotReady, match="does not allow"):
        here.room.revoke(here.digest, "Ms Lee", "Too soon.")
    assert here.room.comments(here.digest) == () and here.room.history().items[0].act == "submit"


def test_a_file_that_is_no_longer_what_was_submitted_is_not_shown(here):
    path = here.room.file(here.digest, "dossier.html")
    path.chmod(0o644)
    path.write_text("All is well.")
    with pytest.raises(ReviewError, match=r"dossier\.html is not as it was submitted"):
        here.room.file(here.digest, "dossier.html")
    path.unlink()
    with pytest.raises(StorageError):
        here.room.file(here.digest, "dossier.html")


def test_files_swept_while_they_come_in_leave_no_candidate_without_them(here, tmp_path, monkeypatch):
    made = make_run(tmp_path, "next", version="1.1.0")
    bring_in = Room.submit.__globals__["blob"].bring_in

    def swept_after(blobs, folder, candidate):
        bring_in(blobs, folder, candidate)
        (blobs / candidate.files["dossier.html"].sha256[:2] / candidate.files["dossier.html"].sha256).unlink()

    monkeypatch.setattr(Room.submit.__globals__["blob"], "bring_in", swept_after)
    with pytest.raises(StorageError, match="cleared away"):
        here.room.submit(made.run.candidate, PRODUCER)
    monkeypatch.undo()
    assert here.room.queue().total == 1
    assert here.room.submit(made.run.candidate, PRODUCER).state is RunState.AWAITING_REVIEW


def test_one_candidate_submitted_by_many_at_once_is_one(here, tmp_path):
    problems = []

    def submit(folder):
        try:
            here.room.submit(folder, PRODUCER)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
            problems.append(repr(error))

    for number in range(5):
        folder = make_run(tmp_path, f"n{number}", version=f"2.{number}.0").run.candidate
        threads = [threading.Thread(target=submit, args=(folder,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert problems == [] and here.room.queue().total == 6
    check_rows(here.room.store)


ACTING = """
import sys
from pathlib import Path
from store.rooms import Clock, Setting
from unit.candidates import Made
from factory.core.run import Run
from factory.review.room import Room
from factory.store import open_store
url, folder, keys, *digests = sys.argv[1:]
clock = Clock()
room = Room(open_store(url), Path(folder) / "blobs", clock)
run = Run(Path(folder) / "run")
here = Setting(room, clock, Made(run, Path(keys), Path("none")), "")
print("ready", flush=True)
for digest in digests:
    for name in ("Dr Wong", "Dr Lau"):
        room.vote(here.vote(name, digest=digest))
        print(digest, name, sep="\\t", flush=True)
"""


def test_voting_killed_twenty_times_loses_nothing_and_leaves_no_half_state(store, store_url, tmp_path, python):
    here = setting(store, tmp_path)
    runs = [make_run(tmp_path, f"k{number}", title=f"Candidate {number}") for number in range(60)]
    waiting = [here.room.submit(one.run.candidate, PRODUCER).digest for one in runs]
    luck, killed = random.Random(6), 0
    said: dict[str, set[str]] = {digest: set() for digest in waiting}
    while killed < 20 and waiting:
        process = python(ACTING, store_url, str(tmp_path), str(here.made.keys), *waiting)
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        time.sleep(luck.random() * 0.04)
        process.send_signal(signal.SIGKILL)
        heard = process.stdout.read().splitlines()
        process.wait()
        killed += 1
        # The next process casts the first one's vote again, which counts once.
        for line in heard:
            digest, name = line.split("\t")
            said[digest].add(name)
        for digest in list(waiting):
            state, votes = here.room.get(digest).state, here.room.get(digest).votes
            assert votes >= len(said[digest])
            assert (votes == 2) == (state is RunState.APPROVED)
            if votes == 2:
                waiting.remove(digest)
    check_rows(store)
    log.verify(store)
    fresh = Room(open_store(store_url), tmp_path / "blobs", Clock())
    for digest in waiting:
        for name in ("Dr Wong", "Dr Lau"):
            if not fresh.has_voted(digest, name):
                fresh.vote(here.vote(name, digest=digest))
        assert fresh.get(digest).state is RunState.APPROVED
    check_rows(store)
    fresh.store.close()
