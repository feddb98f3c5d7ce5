import datetime as dt
import json

import pytest
from unit.candidates import PRODUCER, TODAY, make_run

from factory.audit import Act, read
from factory.core.errors import BundleInvalid, KeyInvalid, ReviewError
from factory.core.files import canonical_json, sha256_bytes
from factory.core.keys import load_private
from factory.core.run import RunState
from factory.release.seal import seal
from factory.release.verify import verify
from factory.review import approve, show
from factory.review.attestations import Answer, AttestationPayload, attested
from factory.review.voting import ask_changes, attest

QUESTIONS = [
    {"control": "SH-KNOW", "sentence": "Do you know of no way to find a person in it?"},
    {"control": "GD-7", "sentence": "Is the legal basis on file?"},
]
YEAR = TODAY.date() + dt.timedelta(days=365)


@pytest.fixture
def made(tmp_path):
    return make_run(tmp_path, questions=QUESTIONS)


def answer(made, name, control, said=Answer.YES, *, expires=YEAR, now=TODAY, reason="Asked the registry."):
    return attest(made.run, name, made.key(name), control=control, answer=said, reason=reason, expires=expires, now=now)


def cast(made, name, now=TODAY):
    return approve(made.run, name, made.key(name), reason="Read in full.", now=now)


def answered(made):
    for question in QUESTIONS:
        answer(made, "Dr Ho", question["control"])
    return made


def test_nobody_approves_before_every_question_is_answered(made):
    answer(made, "Dr Ho", "SH-KNOW")
    with pytest.raises(ReviewError, match=r"question of GD-7 is not answered"):
        cast(made, "Dr Wong")
    answer(made, "Dr Ho", "GD-7")
    cast(made, "Dr Wong")
    assert cast(made, "Dr Lau").state is RunState.APPROVED


def test_a_no_stands_against_approval_until_the_same_question_is_answered_anew(made):
    answered(made)
    answer(made, "Dr Lau", "GD-7", Answer.NO, now=TODAY + dt.timedelta(minutes=1))
    with pytest.raises(ReviewError, match=r"Dr Lau answered no to the question of GD-7"):
        cast(made, "Dr Wong", TODAY + dt.timedelta(minutes=2))
    answer(made, "Dr Ho", "GD-7", now=TODAY + dt.timedelta(minutes=3))
    assert cast(made, "Dr Wong", TODAY + dt.timedelta(minutes=4)).state is RunState.AWAITING_REVIEW


def test_of_two_answers_of_one_second_the_no_stands(made):
    answered(made)
    answer(made, "Dr Lau", "GD-7", Answer.NO)
    with pytest.raises(ReviewError, match=r"answered no"):
        cast(made, "Dr Wong")


def test_an_answer_that_expired_is_none(made):
    answered(made)
    answer(made, "Dr Ho", "GD-7", expires=TODAY.date(), now=TODAY + dt.timedelta(minutes=1))
    later = TODAY + dt.timedelta(days=2)
    # The earlier answer, of a year, stands again.
    assert cast(made, "Dr Wong", later).state is RunState.AWAITING_REVIEW


def test_all_answers_expired_is_unanswered(made):
    for question in QUESTIONS:
        answer(made, "Dr Ho", question["control"], expires=TODAY.date())
    with pytest.raises(ReviewError, match=r"is not answered"):
        cast(made, "Dr Wong", TODAY + dt.timedelta(days=1))


@pytest.mark.parametrize(
    ("name", "control", "said"),
    [
        (PRODUCER, "GD-7", "produced this candidate"),
        ("Ms Lee", "GD-7", "neither a reviewer nor a data steward"),
        ("Dr Ho", "GD-6", "asks no question"),
    ],
)
def test_who_may_answer_what(made, name, control, said):
    with pytest.raises(ReviewError, match=said):
        answer(made, name, control)
    assert not made.run.attestations.exists()


def test_another_persons_key_answers_nothing(made):
    with pytest.raises(KeyInvalid):
        attest(
            made.run,
            "Dr Ho",
            made.key("Dr Lau"),
            control="GD-7",
            answer=Answer.YES,
            reason="x",
            expires=YEAR,
            now=TODAY,
        )


@pytest.mark.parametrize("reason", ["", "   "])
def test_an_answer_needs_a_reason(made, reason):
    with pytest.raises(ReviewError, match=r"reason"):
        answer(made, "Dr Ho", "GD-7", reason=reason)


def test_an_answer_to_another_candidate_is_void(made):
    answered(made)
    value = json.loads((made.run.candidate / "candidate.json").read_bytes())
    (made.run.candidate / "candidate.json").write_bytes(canonical_json({**value, "title": "Changed"}))
    assert show(made.run, TODAY).attestations == {}
    with pytest.raises(ReviewError, match=r"is not answered"):
        cast(made, "Dr Wong")


def test_asking_for_changes_ends_the_review_of_this_candidate(made):
    with pytest.raises(ReviewError, match=r"needs a reason"):
        ask_changes(made.run, "Dr Lau", made.key("Dr Lau"), reason=" ", now=TODAY)
    standing = ask_changes(made.run, "Dr Lau", made.key("Dr Lau"), reason="Coarser bands.", now=TODAY)
    assert standing.state is RunState.AWAITING_REVIEW
    standing = ask_changes(made.run, "Dr Wong", made.key("Dr Wong"), reason="And no wards.", now=TODAY)
    assert standing.state is RunState.CHANGES_ASKED
    with pytest.raises(ReviewError, match=r"not awaiting review"):
        cast(made, "Dr Ho")


def released(made):
    answered(made)
    made.approved()
    return seal(made.run, made.signed(), "Ms Lee", made.key("Ms Lee"), TODAY)


def test_answers_are_logged_and_cross_with_the_bundle(made):
    bundle = released(made)
    logged = {entry.subject for entry in read(made.run.audit) if entry.act is Act.ATTEST}
    assert {path.stem for path in (bundle / "attestations").iterdir()} == logged
    assert len(logged) == len(QUESTIONS)
    verify(bundle, made.run.people, TODAY)


def reseal(made, bundle):
    from unit.test_verify import reseal as sign_again

    sign_again(made, bundle)


def test_a_bundle_without_an_answer_is_refused(made):
    bundle = released(made)
    next((bundle / "attestations").iterdir()).unlink()
    reseal(made, bundle)
    with pytest.raises(BundleInvalid, match=r"is not answered"):
        verify(bundle, made.run.people, TODAY)


def test_a_forged_answer_in_a_bundle_is_refused(made):
    bundle = released(made)
    path = next((bundle / "attestations").iterdir())
    value = json.loads(path.read_bytes())
    payload = AttestationPayload.model_validate_json(json.dumps(value["payload"]))
    data = attested(payload, load_private(made.key("Dr Lau"))).data()
    path.unlink()
    (bundle / "attestations" / f"{sha256_bytes(data)}.json").write_bytes(data)
    reseal(made, bundle)
    with pytest.raises(BundleInvalid, match=r"not by the key listed"):
        verify(bundle, made.run.people, TODAY)


def test_an_answer_that_is_not_in_the_log_is_refused(made):
    bundle = released(made)
    payload = {
        "candidate": json.loads((bundle / "manifest.json").read_bytes())["candidate"],
        "control": "GD-7",
        "answer": "yes",
        "name": "Dr Lau",
        "reason": "Later.",
        "at": "2026-03-02T12:00:00Z",
        "expires": YEAR.isoformat(),
    }
    made_up = AttestationPayload.model_validate_json(json.dumps(payload))
    data = attested(made_up, load_private(made.key("Dr Lau"))).data()
    (bundle / "attestations" / f"{sha256_bytes(data)}.json").write_bytes(data)
    reseal(made, bundle)
    with pytest.raises(BundleInvalid, match=r"answer by Dr Lau is not in the audit log"):
        verify(bundle, made.run.people, TODAY)


def test_the_command_answers_and_shows(factory, tmp_path):
    soon = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=9)).isoformat()
    made = make_run(tmp_path, questions=QUESTIONS, review_by=soon)
    key = made.key("Dr Ho")
    refused = factory("review", "attest", made.run.root, "--as", "Dr Ho", "--key", key, "--yes", "CN-1")
    assert refused.returncode == 50 and "asks no question" in refused.stderr
    done = factory(
        "review", "attest", made.run.root, "--as", "Dr Ho", "--key", key,
        "--yes", "SH-KNOW", "--no", "GD-7", "--reason", "Seen.",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "[yes by Dr Ho]" in done.stdout and "[no by Dr Ho]" in done.stdout
