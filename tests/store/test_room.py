import datetime as dt
import signal
import threading
import time

import pytest
from store.rooms import Clock, setting
from unit.candidates import PRODUCER, SHORTFALL, TODAY, make_run

from factory.audit import Act, Outcome
from factory.core import keys
from factory.core.errors import FactoryError, KeyInvalid, NotReady, ReviewError
from factory.core.run import RunState
from factory.release.seal import seal
from factory.release.verify import verify
from factory.review.people import People, Person, Role, load_people
from factory.review.room import Room
from factory.review.room.export import export
from factory.review.votes import Decision
from factory.store import log, open_store

QUESTIONS = [{"control": "GD-7", "sentence": "Is the legal basis on file?"}]


@pytest.fixture
def here(store, tmp_path):
    return setting(store, tmp_path)


def acts(room, digest=None):
    return [(entry.who, entry.act, entry.outcome) for entry in reversed(room.history(digest, limit=500).items)]


def test_a_candidate_is_brought_in_once_with_every_byte(here):
    again = here.room.submit(here.made.run.candidate, PRODUCER)
    assert again.digest == here.digest and here.room.queue().total == 1
    for path in again.candidate.files:
        assert here.room.file(here.digest, path).read_bytes() == (here.made.run.candidate / path).read_bytes()
    assert acts(here.room, here.digest) == [(PRODUCER, Act.SUBMIT, Outcome.DONE)]
    for path in ("candidate.json", "../room.db", "data/none.parquet", ""):
        with pytest.raises(NotReady):
            here.room.file(here.digest, path)


def test_only_its_producer_submits_what_passed_and_is_whole(here, tmp_path):
    with pytest.raises(ReviewError, match="did not produce"):
        here.room.submit(here.made.run.candidate, "Dr Wong")
    failed = make_run(tmp_path, "failed", verdict="fail")
    with pytest.raises(ReviewError, match="gates refused"):
        here.room.submit(failed.run.candidate, PRODUCER)
    broken = make_run(tmp_path, "broken", title="Another")
    (broken.run.candidate / "dossier.html").write_text("changed")
    with pytest.raises(ReviewError, match=r"dossier\.html was changed"):
        here.room.submit(broken.run.candidate, PRODUCER)
    assert here.room.queue().total == 1


def test_two_approvals_approve_and_votes_are_blind_until_then(here):
    one = here.room.vote(here.vote("Dr Wong"))
    assert one.state is RunState.AWAITING_REVIEW and one.votes == 1
    assert here.room.open_votes(here.digest) == ()
    assert here.room.has_voted(here.digest, "dr  WONG") and not here.room.has_voted(here.digest, "Dr Lau")
    assert here.room.vote(here.vote("Dr Lau")).state is RunState.APPROVED
    assert len(here.room.open_votes(here.digest)) == 2
    assert acts(here.room, here.digest)[1:] == [
        ("Dr Wong", Act.VOTE, Outcome.DONE),
        ("Dr Lau", Act.VOTE, Outcome.DONE),
        ("factory", Act.DECIDE, Outcome.APPROVED),
    ]
    log.verify(here.room.store)


@pytest.mark.parametrize(
    ("decision", "state"), [(Decision.REJECT, RunState.REFUSED), (Decision.ASK_CHANGES, RunState.CHANGES_ASKED)]
)
def test_one_refusal_or_wish_ends_the_review(here, decision, state):
    here.room.vote(here.vote("Dr Wong"))
    assert here.room.vote(here.vote("Dr Lau", decision)).state is state
    with pytest.raises(ReviewError, match="not awaiting review"):
        here.room.vote(here.vote("Dr Ho"))


def test_the_same_signed_vote_again_changes_nothing(here):
    vote = here.vote("Dr Wong")
    here.room.vote(vote)
    before = acts(here.room)
    assert here.room.vote(vote).votes == 1
    assert acts(here.room) == before


def test_what_is_no_vote_of_a_reviewer_on_this_candidate_is_refused(here):
    here.room.vote(here.vote("Dr Wong"))
    cases = {
        "has voted": here.vote("Dr Wong", reason="Again."),
        "not by the key listed": here.vote("Dr Lau", key="Dr Ho"),
        "produced this candidate": here.vote(PRODUCER),
        "not a reviewer": here.vote("Ms Lee"),
        "needs a reason": here.vote("Dr Lau", Decision.REJECT, reason=" "),
        "no shortfall to accept": here.vote("Dr Lau", accepted=["UT-1"]),
    }
    for said, vote in cases.items():
        with pytest.raises(ReviewError, match=said):
            here.room.vote(vote)
    with pytest.raises(NotReady, match="no such candidate"):
        here.room.vote(here.vote("Dr Lau", digest="d" * 64))
    late = here.vote("Dr Lau")
    here.clock.now += dt.timedelta(minutes=11)
    with pytest.raises(ReviewError, match="another time than now"):
        here.room.vote(late)
    assert here.room.get(here.digest).votes == 1
    log.verify(here.room.store)


def test_shortfalls_are_accepted_by_name_and_questions_answered_first(store, tmp_path):
    here = setting(store, tmp_path, verdict="pass-with-shortfalls", shortfalls=[SHORTFALL], questions=QUESTIONS)
    with pytest.raises(ReviewError, match="shortfall of UT-1 is not accepted"):
        here.room.vote(here.vote("Dr Wong"))
    with pytest.raises(ReviewError, match="question of GD-7 is not answered"):
        here.room.vote(here.vote("Dr Wong", accepted=["UT-1"]))
    here.room.attest(here.answer("Dr Ho", "GD-7", "no"))
    with pytest.raises(ReviewError, match="answered no"):
        here.room.vote(here.vote("Dr Wong", accepted=["UT-1"]))
    here.clock.now += dt.timedelta(seconds=5)
    yes = here.answer("Dr Ho", "GD-7")
    here.room.attest(yes)
    here.room.attest(yes)
    assert len(here.room.answers(here.digest)) == 2
    for name in ("Dr Wong", "Dr Lau"):
        here.room.vote(here.vote(name, accepted=["UT-1"]))
    assert here.room.get(here.digest).state is RunState.APPROVED


def test_an_answer_by_who_may_not_or_about_another_is_refused(store, tmp_path):
    here = setting(store, tmp_path, questions=QUESTIONS)
    for said, answer in {
        "produced this candidate": here.answer(PRODUCER, "GD-7"),
        "neither a reviewer nor a data steward": here.answer("Ms Lee", "GD-7"),
        "asks no question": here.answer("Dr Ho", "GD-6"),
        "not by the key listed": here.answer("Dr Ho", "GD-7", key="Dr Lau"),
    }.items():
        with pytest.raises(ReviewError, match=said):
            here.room.attest(answer)
    with pytest.raises(NotReady):
        here.room.attest(here.answer("Dr Ho", "GD-7", digest="e" * 64))
    assert here.room.answers(here.digest) == ()


def test_what_nobody_answers_in_time_is_refused(here):
    here.clock.now = TODAY.replace(day=31, hour=23)
    assert here.room.get(here.digest).state is RunState.AWAITING_REVIEW
    here.clock.now += dt.timedelta(hours=2)
    assert here.room.queue().items[0].state is RunState.REFUSED
    assert acts(here.room, here.digest)[-1] == ("factory", Act.DECIDE, Outcome.TIMED_OUT)
    with pytest.raises(ReviewError, match="not awaiting review"):
        here.room.vote(here.vote("Dr Wong"))
    assert here.room.settle() == 0


def test_release_revoke_and_the_release_before(here, tmp_path):
    with pytest.raises(NotReady, match="does not allow"):
        here.room.mark_released(here.digest, "Ms Lee")
    for name in ("Dr Wong", "Dr Lau"):
        here.room.vote(here.vote(name))
    assert here.room.mark_released(here.digest, "Ms Lee").state is RunState.RELEASED
    here.room.mark_released(here.digest, "Ms Lee")
    here.clock.now += dt.timedelta(minutes=1)
    next_one = make_run(tmp_path, "next", version="1.1.0")
    second = here.room.submit(next_one.run.candidate, PRODUCER)
    assert here.room.previous(second.digest).digest == here.digest
    assert here.room.previous(here.digest) is None
    assert here.room.revoke(here.digest, "Ms Lee", "A person withdrew.").state is RunState.REVOKED
    assert [entry.act for entry in here.room.history(here.digest).items[:2]] == [Act.REVOKE, Act.COMMENT]


def test_comments_are_kept_once_and_as_written(here):
    for _ in range(2):
        here.room.comment(here.digest, "Dr Wong", " <b>年齡</b> bands?\nToo fine. ")
    assert [(one.name, one.text) for one in here.room.comments(here.digest)] == [
        ("Dr Wong", "<b>年齡</b> bands?\nToo fine.")
    ]
    for text in ("", "  ", "x" * 4001, "a\x00b"):
        with pytest.raises(ReviewError):
            here.room.comment(here.digest, "Dr Wong", text)
    with pytest.raises(NotReady):
        here.room.comment("f" * 64, "Dr Wong", "x")


def test_search_is_by_name_and_title_and_nothing_else(here, tmp_path):
    for number, title in enumerate(("100% Chinese 中文", "under_score", "o'brien; DROP TABLE votes")):
        here.room.submit(make_run(tmp_path, f"r{number}", title=title).run.candidate, PRODUCER)
    assert here.room.queue(search="100%").total == 1
    assert here.room.queue(search="中文").total == 1
    assert here.room.queue(search="r_s").total == 1
    assert here.room.queue(search="' OR 1=1 --").total == 0
    assert here.room.queue(search="WARDS").total == 4
    assert here.room.queue(states=[RunState.APPROVED]).total == 0
    assert len(here.room.queue(limit=3).items) == 3 and len(here.room.queue(limit=3, offset=3).items) == 1
    assert here.room.counts()[RunState.AWAITING_REVIEW] == 4


def test_a_name_and_a_key_belong_together(here):
    people = load_people(here.made.run.people)
    here.room.add_people(people, "setup")
    other = keys.public_text(keys.generate())
    for person in (
        Person(name="Dr Wong", roles=(Role.REVIEWER,), public_key=other),
        Person(name="DR  wong", roles=(Role.REVIEWER,), public_key=other),
        Person(name="Dr New", roles=(Role.REVIEWER,), public_key=people.people[1].public_key),
    ):
        with pytest.raises(KeyInvalid):
            here.room.add_people(People(people=(person,)), "setup")
    promoted = people.people[1].model_copy(update={"roles": (Role.REVIEWER, Role.AUDITOR)})
    here.room.add_people(People(people=(promoted,)), "setup")
    assert here.room.people().get(promoted.name).roles == promoted.roles


def test_what_was_decided_in_the_room_seals_a_bundle_that_proves_it(here):
    for name in ("Dr Wong", "Dr Lau"):
        here.room.vote(here.vote(name))
    run = here.made.run
    export(here.room, here.digest, run.release)
    bundle = seal(run, here.made.signed(), "Ms Lee", here.made.key("Ms Lee"), TODAY, room=True)
    verify(bundle, run.people, TODAY)
    assert (bundle / "room.json").is_file()


def test_nothing_is_exported_while_the_review_is_open(here, tmp_path):
    here.room.vote(here.vote("Dr Wong"))
    with pytest.raises(ReviewError, match="still open"):
        export(here.room, here.digest, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_files_a_cut_off_submission_left_are_swept_and_no_others(here):
    import os

    stray = here.room.blobs / "aa" / ("a" * 64)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")
    assert here.room.sweep() == 0
    os.utime(stray, (time.time() - 9999,) * 2)
    for path in here.room.blobs.glob("*/*"):
        os.utime(path, (time.time() - 9999,) * 2)
    assert here.room.sweep() == 1
    assert here.room.file(here.digest, "dossier.html").is_file()


REVIEWERS = 50


def test_fifty_reviewers_at_once_neither_lose_nor_double_a_vote(store, tmp_path):
    here = setting(store, tmp_path)
    room = here.room
    names, votes = [], {}
    people = []
    made = [make_run(tmp_path, f"c{number}", title=f"Candidate {number}") for number in range(REVIEWERS // 2)]
    digests = [room.submit(one.run.candidate, PRODUCER).digest for one in made]
    for number in range(REVIEWERS):
        name = f"Reviewer {number}"
        key = keys.generate()
        keys.write_private(here.made.keys / f"{name}.key", key)
        people.append(Person(name=name, roles=(Role.REVIEWER,), public_key=keys.public_text(key)))
        names.append(name)
    room.add_people(People(people=tuple(people)), "setup")
    for number, name in enumerate(names):
        votes[name] = here.vote(name, digest=digests[number // 2])
    refused = []

    def cast(name):
        for _ in range(2):  # a double click
            try:
                room.vote(votes[name])
            except FactoryError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=cast, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == []
    for digest in digests:
        assert room.get(digest).state is RunState.APPROVED and len(room.open_votes(digest)) == 2
    entries = room.history(limit=1000).items
    assert sum(entry.act is Act.VOTE for entry in entries) == REVIEWERS
    assert sum(entry.act is Act.DECIDE for entry in entries) == REVIEWERS // 2
    log.verify(store)


def test_of_fifty_votes_on_one_candidate_two_decide_and_the_rest_come_too_late(store, tmp_path):
    here = setting(store, tmp_path)
    people = []
    for number in range(REVIEWERS):
        key = keys.generate()
        keys.write_private(here.made.keys / f"R{number}.key", key)
        people.append(Person(name=f"R{number}", roles=(Role.REVIEWER,), public_key=keys.public_text(key)))
    here.room.add_people(People(people=tuple(people)), "setup")
    outcomes = []

    def cast(vote):
        try:
            here.room.vote(vote)
            outcomes.append("counted")
        except ReviewError as error:
            outcomes.append(error.message)

    threads = [threading.Thread(target=cast, args=(here.vote(person.name),)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("counted") == 2
    assert {said for said in outcomes if said != "counted"} == {"The run is approved, and not awaiting review."}
    log.verify(store)


KILLED = """
import sys, datetime as dt
from pathlib import Path
from store.rooms import setting, Clock
from unit.candidates import TODAY, make_run
from factory.store import open_store
store = open_store(sys.argv[1])
here = setting(store, Path(sys.argv[2]))
print(here.digest, flush=True)
number = 0
while True:
    number += 1
    one = make_run(Path(sys.argv[2]), f"k{number}", title=f"Candidate {number}")
    from factory.review.people import load_people
    digest = here.room.submit(one.run.candidate, "Ms Cheung").digest
    for name in ("Dr Wong", "Dr Lau"):
        here.room.vote(here.vote(name, digest=digest))
    print(digest, flush=True)
"""


@pytest.mark.parametrize("round_", range(4))
def test_a_process_killed_in_mid_vote_loses_nothing_and_leaves_no_half_state(store_url, tmp_path, python, round_):
    process = python(KILLED, store_url, str(tmp_path))
    said = [process.stdout.readline().strip() for _ in range(2)]
    assert all(said), process.stderr.read()
    time.sleep(0.11 * (round_ + 1))
    process.send_signal(signal.SIGKILL)
    said += process.stdout.read().split()
    process.wait()
    room = Room(open_store(store_url), tmp_path / "blobs", Clock())
    for digest in said[1:]:
        assert room.get(digest).state is RunState.APPROVED  # what was said to be done is
    with room.store.reading() as connection:
        entries, _ = log.entries(connection, limit=10000)
    votes = {entry.subject for entry in entries if entry.act is Act.VOTE}
    decided = [entry.subject for entry in entries if entry.act is Act.DECIDE]
    seen = 0
    for submission in room.queue(limit=1000).items:
        seen += submission.votes
        assert (submission.votes == 2) == (submission.state is RunState.APPROVED) == (submission.digest in decided)
    assert seen == len(votes)
    log.verify(room.store)
    room.store.close()
