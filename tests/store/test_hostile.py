"""What a hostile reading of the room found, each as somebody would do it."""

import datetime as dt
import json

import pytest
from store.rooms import setting
from unit.candidates import PRODUCER, TODAY, make_run

from factory.audit import Act, Outcome
from factory.audit.proof import Proof
from factory.core import keys
from factory.core.errors import BundleInvalid, FactoryError, NotReady, ReviewError, StorageError
from factory.core.files import canonical_json
from factory.core.run import RunState
from factory.release.seal import seal
from factory.release.verify import verify
from factory.review.people import People, Person, Role
from factory.review.room.export import export
from factory.review.votes import Decision

QUESTIONS = [{"control": "GD-7", "sentence": "Is the legal basis on file?"}]
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def here(store, tmp_path):
    return setting(store, tmp_path, questions=QUESTIONS)


def at(here, moment, make):
    """Sign as if it were another time, and leave the room's clock as it is."""
    now, here.clock.now = here.clock.now, moment
    made = make()
    here.clock.now = now
    return made


def test_a_vote_dated_back_does_not_get_around_a_no(here):
    here.room.attest(here.answer("Dr Ho", "GD-7"))
    here.clock.now += 5 * MINUTE
    here.room.attest(here.answer("Dr Ho", "GD-7", "no"))
    here.clock.now += 2 * MINUTE
    backdated = at(here, here.clock.now - 4 * MINUTE, lambda: here.vote("Dr Wong"))
    with pytest.raises(ReviewError):
        here.room.vote(backdated)
    assert here.room.get(here.digest).votes == 0


def test_a_vote_dated_back_does_not_use_an_answer_that_expired_meanwhile(here):
    here.clock.now = TODAY.replace(hour=23, minute=58)
    here.room.attest(here.answer("Dr Ho", "GD-7", days=0))
    here.clock.now += 5 * MINUTE
    backdated = at(here, here.clock.now - 4 * MINUTE, lambda: here.vote("Dr Wong"))
    with pytest.raises(ReviewError, match="is not answered"):
        here.room.vote(backdated)


def test_a_yes_dated_ahead_does_not_outrank_a_no_given_after_it(here):
    with pytest.raises(ReviewError, match="another time than now"):
        here.room.attest(at(here, here.clock.now + 9 * MINUTE, lambda: here.answer("Dr Lau", "GD-7")))
    assert here.room.answers(here.digest) == ()


def test_an_answer_dated_back_does_not_spoil_a_vote_that_is_in(here):
    here.room.attest(here.answer("Dr Ho", "GD-7"))
    here.clock.now += 5 * MINUTE
    here.room.vote(here.vote("Dr Wong"))
    with pytest.raises(ReviewError, match="dated before"):
        here.room.attest(at(here, here.clock.now - MINUTE, lambda: here.answer("Dr Ho", "GD-7", "no")))
    here.clock.now += MINUTE
    assert here.room.vote(here.vote("Dr Lau")).state is RunState.APPROVED


def test_answers_to_one_question_come_in_the_order_of_their_dates(here):
    here.clock.now += 5 * MINUTE
    here.room.attest(here.answer("Dr Ho", "GD-7", "no"))
    with pytest.raises(ReviewError, match="dated before"):
        here.room.attest(at(here, here.clock.now - MINUTE, lambda: here.answer("Dr Lau", "GD-7")))


@pytest.mark.parametrize("producer", ["producer", "Ms Lee", "Ms Cheung\u034f", "Ms\u2800Cheung", "Ms Cheung\ufe0f"])
def test_only_who_is_registered_as_a_producer_submits(here, tmp_path, producer):
    # Ms Lee is registered, and no producer; the others look like somebody and are nobody.
    with pytest.raises((ReviewError, FactoryError)):
        made = make_run(tmp_path, "other", producer=producer, title="Another")
        here.room.submit(made.run.candidate, producer)
    assert here.room.queue().total == 1


@pytest.mark.parametrize("decision", [Decision.APPROVE, Decision.REJECT, Decision.ASK_CHANGES])
def test_nobody_can_tell_the_first_vote_from_anything_the_room_shows(here, decision):
    here.room.attest(here.answer("Dr Ho", "GD-7"))
    seen = here.room.vote(here.vote("Dr Wong", decision))
    assert seen.state is RunState.AWAITING_REVIEW and seen.votes == 1
    assert here.room.open_votes(here.digest) == ()
    assert all(entry.act is not Act.VOTE for entry in here.room.history(here.digest).items)
    assert all(entry.act is not Act.VOTE for entry in here.room.history(limit=500).items)
    after = here.room.vote(here.vote("Dr Lau"))
    expected = {"approve": RunState.APPROVED, "reject": RunState.REFUSED, "ask changes": RunState.CHANGES_ASKED}
    assert after.state is expected[decision.value]
    assert len(here.room.open_votes(here.digest)) == 2
    assert sum(entry.act is Act.VOTE for entry in here.room.history(here.digest).items) == 2


@pytest.mark.parametrize(
    "facts",
    [
        {"expires": "soon"},
        {"expires": "20270101"},
        {"expires": 5},
        {"regimes": [{"regime": "gdpr-anonymous", "verdict": {"a": 1}}]},
        {"regimes": 7},
        {"tables": {"patients": {"rows": "many"}}},
        {"tables": []},
        [],
    ],
)
def test_a_dossier_of_another_form_is_not_taken_in_and_the_queue_goes_on(here, tmp_path, facts, monkeypatch):
    from unit import candidates

    folder = tmp_path / "bad" / "release" / "candidate"
    candidates.write_candidate(folder, title="Bad")
    whole = {"verdict": "pass", "shortfalls": [], "questions": []}
    (folder / "dossier.json").write_text(json.dumps({**whole, **facts} if isinstance(facts, dict) else facts))
    value = {**candidates.candidate_value(folder), "title": "Bad"}
    (folder / "candidate.json").write_bytes(canonical_json(value))
    with pytest.raises(ReviewError, match=r"dossier\.json"):
        here.room.submit(folder, PRODUCER)
    assert here.room.queue().total == 1


def approved(here):
    here.room.attest(here.answer("Dr Ho", "GD-7"))
    for name in ("Dr Wong", "Dr Lau"):
        here.room.vote(here.vote(name))


def test_what_was_revoked_is_not_exported_for_a_release(here, tmp_path):
    approved(here)
    here.room.mark_released(here.digest, "Ms Lee")
    here.room.revoke(here.digest, "Ms Lee", "A person withdrew.")
    with pytest.raises(NotReady, match="revoked"):
        export(here.room, here.digest, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def sealed(here):
    approved(here)
    export(here.room, here.digest, here.made.run.release)
    return seal(here.made.run, here.made.signed(), "Ms Lee", here.made.key("Ms Lee"), TODAY, room=True)


def resealed(here, bundle, change):
    from unit.test_verify import reseal

    value = json.loads((bundle / "room.json").read_bytes())
    (bundle / "room.json").write_bytes(canonical_json(change(value)))
    reseal(here.made, bundle)


def test_a_room_that_did_not_approve_or_decided_before_the_votes_proves_nothing(here):
    bundle = sealed(here)
    assert verify(bundle, here.made.run.people, TODAY).room_checkpoint == here.room.checkpoint()
    without = lambda act: lambda v: {**v, "entries": [e for e in v["entries"] if e["entry"]["act"] != act]}  # noqa: E731
    for act, said in (("decide", "did not approve"), ("submit", "not submitted"), ("attest", "not in the audit log")):
        kept = (bundle / "room.json").read_bytes()
        resealed(here, bundle, without(act))
        with pytest.raises(BundleInvalid, match=said):
            verify(bundle, here.made.run.people, TODAY)
        (bundle / "room.json").write_bytes(kept)


def test_a_made_up_log_in_which_the_answer_follows_the_vote_is_refused(here):
    from factory.audit import Entry, proof

    bundle = sealed(here)
    shown = Proof.model_validate_json((bundle / "room.json").read_bytes())
    order = (Act.SUBMIT, Act.VOTE, Act.ATTEST, Act.DECIDE)
    mine = sorted((item.entry for item in shown.entries), key=lambda entry: order.index(entry.act))
    forged = tuple(Entry(**{**e.model_dump(), "number": n}) for n, e in enumerate(mine, start=1))
    made = proof.prove(forged, {entry.subject for entry in forged}).model_dump(mode="json")
    resealed(here, bundle, lambda _: made)
    with pytest.raises(BundleInvalid, match="is not answered"):
        verify(bundle, here.made.run.people, TODAY)


def test_a_stored_candidate_that_is_another_is_neither_shown_nor_voted_on(here, tmp_path):
    import sqlalchemy as sa

    other = (make_run(tmp_path, "other", title="Another").run.candidate / "candidate.json").read_bytes()
    with here.room.store.writing() as connection:
        connection.execute(sa.text("UPDATE submissions SET document = :data"), {"data": other})
    for act in (lambda: here.room.get(here.digest), lambda: here.room.vote(here.vote("Dr Wong", Decision.REJECT))):
        with pytest.raises(StorageError, match="not what was submitted"):
            act()


def test_a_vote_put_into_the_store_by_hand_counts_for_nothing(here):
    import sqlalchemy as sa

    here.room.attest(here.answer("Dr Ho", "GD-7"))
    forged = here.vote("Dr Lau", key="Dr Wong").data()
    with here.room.store.writing() as connection:
        values = {"d": "f" * 64, "c": here.digest, "data": forged}
        connection.execute(sa.text("INSERT INTO votes VALUES (:d, :c, 'dr lau', :data)"), values)
    assert here.room.vote(here.vote("Dr Wong")).state is RunState.AWAITING_REVIEW


def test_who_has_lost_the_role_since_does_not_count(here):
    here.room.attest(here.answer("Dr Ho", "GD-7"))
    here.room.vote(here.vote("Dr Wong"))
    wong = here.room.people().get("Dr Wong")
    left = Person(name=wong.name, roles=(Role.AUDITOR,), public_key=wong.public_key)
    here.room.add_people(People(people=(left,)), "setup")
    assert here.room.vote(here.vote("Dr Lau")).state is RunState.AWAITING_REVIEW
    # ... and stops nobody else.
    assert here.room.vote(here.vote("Dr Ho")).state is RunState.APPROVED
    assert {vote.payload.name for vote in here.room.decided(here.digest)[0]} == {"Dr Lau", "Dr Ho"}


def test_an_approval_whose_answer_no_longer_counts_does_not_either_and_a_refusal_still_does(here):
    here.room.attest(here.answer("Dr Ho", "GD-7"))
    here.room.vote(here.vote("Dr Wong"))
    ho = here.room.people().get("Dr Ho")
    here.room.add_people(People(people=(ho.model_copy(update={"roles": (Role.AUDITOR,)}),)), "setup")
    here.clock.now += dt.timedelta(seconds=1)
    here.room.attest(here.answer("Dr Lau", "GD-7"))
    assert here.room.vote(here.vote("Dr Lau")).state is RunState.AWAITING_REVIEW


def test_a_release_with_any_number_of_comments_can_be_revoked(here):
    approved(here)
    here.room.mark_released(here.digest, "Ms Lee")
    for number in range(200):
        here.room.comment(here.digest, "Ms Lee", f"Comment {number}.")
    assert here.room.revoke(here.digest, "Ms Lee", "同意　已閱。").state is RunState.REVOKED


def test_a_no_is_always_taken(here):
    for _ in range(21):
        here.clock.now += dt.timedelta(seconds=1)
        here.room.attest(here.answer("Dr Ho", "GD-7", "no"))


def test_a_candidate_that_says_something_else_than_its_dossier_is_not_taken_in(here, tmp_path):
    from unit import candidates

    folder = tmp_path / "bad" / "release" / "candidate"
    for number, facts in enumerate(
        (
            {"verdict": "fail", "shortfalls": [], "questions": []},
            {"verdict": "pass", "shortfalls": [], "questions": [{"control": "GD-7", "sentence": "True?"}]},
            {"verdict": "pass", "shortfalls": [{"control": "UT-1", "sentence": "Loses."}], "questions": []},
        )
    ):
        candidates.write_candidate(folder, title=f"Bad {number}")
        (folder / "dossier.json").write_text(json.dumps(facts))
        value = {**candidates.candidate_value(folder), "title": f"Bad {number}"}
        (folder / "candidate.json").write_bytes(canonical_json(value))
        with pytest.raises(ReviewError, match="something else than its dossier"):
            here.room.submit(folder, PRODUCER)


def test_what_a_room_reviewed_is_sealed_by_asking_the_room_and_only_while_its_evidence_holds(here):
    approved(here)
    export(here.room, here.digest, here.made.run.release)
    with pytest.raises(ReviewError, match="has to be asked"):
        seal(here.made.run, here.made.signed(), "Ms Lee", here.made.key("Ms Lee"), TODAY)


def test_who_writes_into_the_database_cannot_sign(here):
    """Votes entered in the log, a state set, by somebody who holds no reviewer's key."""
    import sqlalchemy as sa

    from factory.core.errors import RunError
    from factory.core.files import sha256_bytes
    from factory.review.room.check import check_rows
    from factory.store import log

    with here.room.store.writing() as connection:
        for name in ("Dr Wong", "Dr Lau"):
            data = here.vote(name, key=PRODUCER).data()
            values = {"d": sha256_bytes(data), "c": here.digest, "p": name.lower(), "data": data}
            connection.execute(sa.text("INSERT INTO votes VALUES (:d, :c, :p, :data)"), values)
            log.append(connection, name, Act.VOTE, sha256_bytes(data), Outcome.DONE, here.clock())
        log.append(connection, "factory", Act.DECIDE, here.digest, Outcome.APPROVED, here.clock())
        connection.execute(sa.text("UPDATE submissions SET state = 'approved'"))
    log.verify(here.room.store)
    with pytest.raises(RunError, match="is not as the log says"):
        check_rows(here.room.store)
    with pytest.raises(ReviewError, match="0 of the 2"):
        export(here.room, here.digest, here.made.run.release)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE people SET roles = 'reviewer' WHERE name = 'Ms Lee'", "Ms Lee is not registered"),
        ("UPDATE submissions SET review_by = '2999-01-01'", "candidate"),
        ("UPDATE submissions SET title = 'Another'", "candidate"),
        ("UPDATE comments SET at = '2001-01-01T00:00:00Z'", "comment"),
    ],
)
def test_a_row_changed_beside_its_document_is_found(here, statement, said):
    import sqlalchemy as sa

    from factory.core.errors import RunError
    from factory.review.room.check import check_rows

    here.room.comment(here.digest, "Ms Lee", "Seen.")
    check_rows(here.room.store, here.room.blobs)
    with here.room.store.writing() as connection:
        connection.execute(sa.text(statement))
    with pytest.raises(RunError, match=said):
        check_rows(here.room.store, here.room.blobs)


def test_an_approval_without_two_approvals_is_found(here):
    import sqlalchemy as sa

    from factory.core.errors import RunError
    from factory.review.room.check import check_rows
    from factory.store import log

    with here.room.store.writing() as connection:
        log.append(connection, "factory", Act.DECIDE, here.digest, Outcome.APPROVED, here.clock())
        connection.execute(sa.text("UPDATE submissions SET state = 'approved'"))
    with pytest.raises(RunError, match="without two approvals"):
        check_rows(here.room.store)


def test_answers_and_comments_are_not_without_end(here):
    for number in range(20):
        here.clock.now += dt.timedelta(seconds=1)
        here.room.attest(here.answer("Dr Ho", "GD-7", "yes" if number % 2 else "no"))
    here.clock.now += dt.timedelta(seconds=1)
    with pytest.raises(ReviewError, match="20 times"):
        here.room.attest(here.answer("Dr Ho", "GD-7"))
    here.room.attest(here.answer("Dr Lau", "GD-7"))
    for number in range(200):
        here.room.comment(here.digest, "Dr Ho", f"Comment {number}.")
    here.room.comment(here.digest, "Dr Lau", "Somebody else may.")
    with pytest.raises(ReviewError, match="200 comments"):
        here.room.comment(here.digest, "Dr Ho", "One more.")


def test_names_that_look_the_same_are_not_two(tmp_path):
    from factory.core.errors import KeyInvalid
    from factory.review.people import add_person

    for name in ("Ada\u034f", "Ada\ufe0f", "Ada\u3164", "\u2800Ada", "Ada\U000e0100", "A\u115fda", "A\u180eda"):
        with pytest.raises(KeyInvalid):
            add_person(tmp_path / "people.yaml", name, ["reviewer"], keys.public_text(keys.generate()))
