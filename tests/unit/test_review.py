import datetime as dt
import itertools
import json
import os

import pytest
from unit.candidates import PRODUCER, SHORTFALL, TODAY, make_run, write_candidate

from factory.audit import Act, Outcome, read
from factory.core.errors import KeyInvalid, NotReady, ReviewError, RunBusy, RunError
from factory.core.files import canonical_json, sha256_bytes
from factory.core.keys import load_private
from factory.core.run import Run, RunState
from factory.review import approve, load_people, reject, show
from factory.review.candidate import Candidate, load_candidate, plain_path
from factory.review.permissions import may_release, may_vote
from factory.review.policies import is_open
from factory.review.states import TRANSITIONS, Event, advance
from factory.review.votes import Payload, signed

PAST = TODAY + dt.timedelta(days=30)


@pytest.fixture
def made(tmp_path):
    return make_run(tmp_path)


def cast(made, name, *, accept=(), reason="", now=TODAY):
    return approve(made.run, name, made.key(name), accept=accept, reason=reason, now=now)


def refuse(made, name, *, reason="Too fine.", now=TODAY):
    return reject(made.run, name, made.key(name), reason=reason, now=now)


# States


def test_the_table_says_of_every_state_and_event_what_follows():
    assert set(TRANSITIONS) == set(itertools.product(RunState, Event))


def test_an_event_a_state_does_not_allow_is_refused():
    for (state, event), after in TRANSITIONS.items():
        if after is None:
            with pytest.raises(NotReady):
                advance(state, event)
        else:
            assert advance(state, event) is after


def test_only_a_second_approval_approves_and_only_the_approved_is_released():
    into = {
        state: {(a, e) for (a, e), after in TRANSITIONS.items() if after is state and a is not state}
        for state in RunState
    }
    assert into[RunState.APPROVED] == {(RunState.AWAITING_REVIEW, Event.SECOND_APPROVAL)}
    assert into[RunState.RELEASED] == {(RunState.APPROVED, Event.RELEASE)}


# Two people


def test_two_approvals_by_two_people_approve(made):
    assert cast(made, "Dr Wong").state is RunState.AWAITING_REVIEW
    assert cast(made, "Dr Lau").state is RunState.APPROVED
    assert made.run.state()["state"] == "approved"
    acts = [(entry.who, entry.act, entry.outcome) for entry in read(made.run.audit)][1:]
    assert acts == [
        ("Dr Wong", Act.VOTE, Outcome.DONE),
        ("Dr Lau", Act.VOTE, Outcome.DONE),
        ("factory", Act.DECIDE, Outcome.APPROVED),
    ]


@pytest.mark.parametrize("order", [(cast, refuse), (refuse, cast), (refuse, refuse)])
def test_any_rejection_rejects_once_both_votes_are_in(made, order):
    assert order[0](made, "Dr Wong").state is RunState.AWAITING_REVIEW
    assert order[1](made, "Dr Lau").state is RunState.REFUSED
    with pytest.raises(ReviewError, match=r"not awaiting review"):
        cast(made, "Dr Ho")


def test_a_vote_is_a_file_named_by_its_digest(made):
    standing = cast(made, "Dr Wong")
    (path,) = made.run.votes.iterdir()
    assert path.stem == sha256_bytes(path.read_bytes())
    payload = json.loads(path.read_bytes())["payload"]
    assert payload["candidate"] == standing.digest == sha256_bytes((made.run.candidate / "candidate.json").read_bytes())
    assert payload["at"] == "2026-03-02T12:00:00Z"


def test_a_person_votes_once(made):
    cast(made, "Dr Wong")
    for again in (cast, refuse):
        with pytest.raises(ReviewError, match=r"has voted"):
            again(made, "Dr Wong")
    assert show(made.run, TODAY).state is RunState.AWAITING_REVIEW


def test_the_producer_does_not_vote_not_even_as_a_reviewer(made):
    with pytest.raises(ReviewError, match=r"produced this candidate"):
        cast(made, PRODUCER)


def test_the_producer_is_known_under_another_spelling(tmp_path):
    made = make_run(tmp_path, producer="ms  CHEUNG")
    made.run.set_state(producer="ms  CHEUNG")
    with pytest.raises(ReviewError, match=r"produced this candidate"):
        cast(made, PRODUCER)


def test_who_has_no_role_or_is_not_known_does_not_vote(made):
    with pytest.raises(ReviewError, match=r"does not have the role reviewer"):
        cast(made, "Ms Lee")
    with pytest.raises(ReviewError, match=r"not in people\.yaml"):
        approve(made.run, "Nobody", made.key("Dr Wong"), now=TODAY)


def test_the_key_must_be_the_voters_own(made):
    with pytest.raises(KeyInvalid, match=r"not the one listed for Dr Wong"):
        approve(made.run, "Dr Wong", made.key("Dr Lau"), now=TODAY)


def test_permissions_as_a_yes_or_no(made):
    people, (candidate, _) = load_people(made.run.people), load_candidate(made.run.candidate)
    allowed = {
        name: (may_vote(people, candidate, name, key), may_release(people, candidate, name, key))
        for name in (PRODUCER, "Dr Wong", "Ms Lee", "Mr Ng")
        for key in [load_private(made.key(name))]
    }
    assert allowed == {
        PRODUCER: (False, False),
        "Dr Wong": (True, False),
        "Ms Lee": (False, True),
        "Mr Ng": (False, False),
    }


# Blind


def test_a_vote_is_hidden_until_two_are_in(made, factory):
    made = make_run(made.run.root.parent, "blind", review_by="2999-01-01")
    cast(made, "Dr Wong")
    seen = factory("review", "show", made.run.root).stdout
    assert "votes      1" in seen
    assert "Wong" not in seen
    assert "approve" not in seen
    cast(made, "Dr Lau")
    seen = factory("review", "show", made.run.root).stdout
    assert "votes      2" in seen
    assert "Dr Wong: approve" in seen


def test_the_log_does_not_say_which_way_a_vote_went(made):
    cast(made, "Dr Wong")
    assert b"approve" not in made.run.audit.read_bytes()


# What must be said


def test_each_shortfall_is_accepted_by_name_with_a_reason(tmp_path):
    other = {"control": "FI-2", "sentence": "Worse."}
    made = make_run(tmp_path, verdict="pass-with-shortfalls", shortfalls=[SHORTFALL, other])
    for accept, reason in [((), "r"), (("UT-1",), "r"), (("UT-1", "FI-2"), " "), (("UT-1", "FI-2", "XX"), "r")]:
        with pytest.raises(ReviewError):
            cast(made, "Dr Wong", accept=accept, reason=reason)
    cast(made, "Dr Wong", accept=("UT-1", "FI-2", "UT-1"), reason="Not used for prediction.")


def test_a_failed_candidate_cannot_be_approved_but_can_be_rejected(tmp_path):
    made = make_run(tmp_path, verdict="fail", shortfalls=[SHORTFALL])
    with pytest.raises(ReviewError, match=r"cannot be approved"):
        cast(made, "Dr Wong", accept=("UT-1",), reason="r")
    refuse(made, "Dr Wong")


def test_a_rejection_needs_a_reason_that_is_text_of_some_length(made):
    for reason in ("", "  ", "x" * 5000, "\ud800"):
        with pytest.raises(ReviewError):
            refuse(made, "Dr Wong", reason=reason)


# What is signed is what is there


@pytest.mark.parametrize("path", ["data/patients.parquet", "dossier.html"])
def test_a_changed_or_missing_file_is_named(made, path):
    (made.run.candidate / path).write_bytes(b"other")
    with pytest.raises(ReviewError, match=path):
        cast(made, "Dr Wong")
    (made.run.candidate / path).unlink()
    with pytest.raises(ReviewError, match=f"{path} is missing"):
        cast(made, "Dr Wong")


def test_an_extra_file_a_link_and_a_pipe_are_named(made):
    extra = made.run.candidate / "data" / "raw.parquet"
    for make in (
        lambda: extra.write_bytes(b""),
        lambda: extra.symlink_to("patients.parquet"),
        lambda: os.mkfifo(extra),
    ):
        make()
        with pytest.raises(ReviewError, match=r"data/raw\.parquet"):
            cast(made, "Dr Wong")
        extra.unlink()


def test_a_candidate_made_anew_needs_new_votes(made):
    cast(made, "Dr Wong")
    write_candidate(made.run.candidate, title="Another")
    assert show(made.run, TODAY).votes == {}
    cast(made, "Dr Lau")
    assert show(made.run, TODAY).state is RunState.AWAITING_REVIEW
    assert cast(made, "Dr Wong").state is RunState.APPROVED


def test_a_vote_replayed_from_another_run_does_not_count(tmp_path):
    made, other = make_run(tmp_path), make_run(tmp_path, "other", title="Another")
    other.run.people.write_bytes(made.run.people.read_bytes())
    approve(other.run, "Dr Wong", made.key("Dr Wong"), now=TODAY)
    (vote,) = other.run.votes.iterdir()
    made.run.votes.mkdir()
    (made.run.votes / vote.name).write_bytes(vote.read_bytes())
    assert cast(made, "Dr Lau").state is RunState.AWAITING_REVIEW


def test_a_forged_or_altered_vote_file_stops_everything(made):
    cast(made, "Dr Wong")
    (path,) = made.run.votes.iterdir()
    original = path.read_bytes()
    path.write_bytes(original.replace(b"Dr Wong", b"Dr  Lau"))
    with pytest.raises(ReviewError, match=r"was changed"):
        cast(made, "Dr Lau")
    path.unlink()
    with pytest.raises(RunError, match=r"in the audit log but not on file"):
        cast(made, "Dr Lau")
    path.write_bytes(original)
    payload = Payload.model_validate_json(canonical_json({**json.loads(original)["payload"], "name": "Dr Lau"}))
    forged = signed(payload, load_private(made.key("Dr Wong"))).data()
    (made.run.votes / f"{sha256_bytes(forged)}.json").write_bytes(forged)
    with pytest.raises(ReviewError, match=r"not by the key listed"):
        show(made.run, TODAY)


def test_state_edited_by_hand_is_no_vote(made):
    made.run.set_state(state="sealed")
    with pytest.raises(RunError):
        show(made.run, TODAY)
    made.run.set_state(state="awaiting review", contract="d" * 64)
    with pytest.raises(ReviewError, match=r"not of one run"):
        show(made.run, TODAY)


# Time


def test_a_review_nobody_answers_times_out_to_rejected(made):
    last = dt.datetime(2026, 3, 31, 23, 59, tzinfo=dt.UTC)
    assert show(made.run, last).state is RunState.AWAITING_REVIEW
    cast(made, "Dr Wong", now=last)
    assert show(made.run, last + dt.timedelta(minutes=1)).state is RunState.REFUSED
    assert read(made.run.audit)[-1].outcome is Outcome.TIMED_OUT


def test_a_vote_after_the_last_day_is_refused_and_the_run_rejected(made):
    with pytest.raises(ReviewError, match=r"refused"):
        cast(made, "Dr Wong", now=PAST)
    assert made.run.state()["state"] == "refused"
    candidate, _ = load_candidate(made.run.candidate)
    assert not is_open(RunState.AWAITING_REVIEW, candidate, PAST.date())


def test_what_was_approved_in_time_stays_approved(made):
    made.approved()
    assert show(made.run, PAST).state is RunState.APPROVED


# Processes that die, and that work at once


def test_a_vote_whose_process_died_is_logged_and_counted_by_the_next(made):
    before = made.run.audit.read_bytes(), (made.run.root / "run.json").read_bytes()
    cast(made, "Dr Wong")
    made.run.audit.write_bytes(before[0] + b'{"entry":{"ac')
    cast(made, "Dr Wong")
    assert len(list(made.run.votes.iterdir())) == 1
    cast(made, "Dr Lau")
    (made.run.root / "run.json").write_bytes(before[1])
    assert show(made.run, TODAY).state is RunState.APPROVED
    assert [entry.act for entry in read(made.run.audit)].count(Act.DECIDE) == 1


def test_a_half_written_vote_is_not_seen(made):
    made.run.votes.mkdir()
    (made.run.votes / ".part-x1").write_bytes(b"{")
    assert cast(made, "Dr Wong").state is RunState.AWAITING_REVIEW


def test_voting_holds_the_run(made):
    with made.run.lock(), pytest.raises(RunBusy):
        cast(made, "Dr Wong")


@pytest.mark.parametrize("data", [b"[]", b"{}", b'"x"', b'{"state": []}', b'{"state": "sealed"}'])
def test_a_run_json_of_another_form_is_a_sentence(made, data):
    (made.run.root / "run.json").write_bytes(data)
    with pytest.raises(RunError):
        show(made.run, TODAY)


def test_a_folder_that_is_no_run_is_not_made_one(tmp_path):
    with pytest.raises(NotReady):
        show(Run(tmp_path / "absent"), TODAY)
    assert not (tmp_path / "absent").exists()


def test_a_run_without_a_candidate_is_not_ready(made):
    (made.run.candidate / "candidate.json").unlink()
    with pytest.raises(NotReady):
        show(made.run, TODAY)


# candidate.json


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        "a\\b",
        "C:x",
        "a\0b",
        "a/",
        "a\nb",
        "b ",
        "x.",
        "x" * 300,
        "e\u0301",
    ],
)
def test_a_path_that_is_not_plain_is_refused(path):
    with pytest.raises(ValueError):
        plain_path(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"extra": 1},
        {"format": 2},
        {"verdict": "maybe"},
        {"verdict": "pass", "shortfalls": [SHORTFALL]},
        {"verdict": "pass-with-shortfalls"},
        {"review_by": "soon"},
        {"version": "1"},
        {"files": {}},
        {"files": {"../x": {"sha256": "0" * 64, "bytes": 1}}},
        {"files": {"manifest.json": {"sha256": "0" * 64, "bytes": 1}}},
        {"files": {"Votes/x": {"sha256": "0" * 64, "bytes": 1}}},
        {"files": {"a": {"sha256": "0" * 64, "bytes": 1}, "A": {"sha256": "0" * 64, "bytes": 1}}},
        {"files": {"a": {"sha256": "0" * 64, "bytes": 1}, "a/b": {"sha256": "0" * 64, "bytes": 1}}},
        {"files": {"a": {"sha256": "0" * 64, "bytes": -1}}},
        {"producer": "a\u202eb"},
    ],
)
def test_a_candidate_of_another_form_is_a_sentence(tmp_path, changes):
    made = make_run(tmp_path, **changes)
    with pytest.raises(ReviewError, match=r"candidate\.json"):
        show(made.run, TODAY)


def test_a_candidate_that_is_not_canonical_is_refused(made):
    path = made.run.candidate / "candidate.json"
    for data in (path.read_bytes() + b"\n", b"[" * 10**5, b"{}", b"\xff", b'{"a":NaN}', b'{"format":1,"format":1}'):
        path.write_bytes(data)
        with pytest.raises(ReviewError):
            show(made.run, TODAY)


def test_tables_are_the_parquet_files_of_data(made):
    candidate, _ = load_candidate(made.run.candidate)
    assert isinstance(candidate, Candidate)
    assert candidate.tables() == {"patients": "data/patients.parquet", "stays": "data/stays.parquet"}


def test_the_command_says_why_with_its_exit_code(made, factory):
    done = factory("review", "approve", made.run.root, "--as", PRODUCER, "--key", made.key(PRODUCER))
    assert done.returncode == 50
    assert "Traceback" not in done.stderr
