"""Casting a vote and settling what the votes come to.

The vote files are the facts. The log and the state follow from them, and are brought up to date by
whoever acts on the run next, so that a process killed in between leaves nothing to mend by hand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from factory.audit import Act, Outcome, append, read, repair
from factory.core.documents import from_canonical
from factory.core.errors import ReviewError, RunError
from factory.core.files import canonical_json, sha256_bytes, write_bytes
from factory.core.keys import load_private
from factory.core.run import Run, RunState
from factory.review import policies
from factory.review.attestations import (
    Answer,
    Attestation,
    AttestationPayload,
    attested,
    check_answered,
    check_attestation,
    check_signed,
    read_attestations,
)
from factory.review.candidate import Candidate, check_files, load_candidate
from factory.review.people import People, load_people
from factory.review.permissions import check_may_vote, check_owns_key
from factory.review.states import Event, advance, state_of
from factory.review.votes import Decision, Payload, Vote, read_votes, signed

RULE = "factory"
"""Who is logged for what follows from the rules and not from a person."""


@dataclass(frozen=True)
class Standing:
    """Where a review stands. `votes` are those on this candidate, by digest; who shows them must be blind.

    `recovered` are digests of votes that an earlier process wrote and did not live to log.
    """

    state: RunState
    candidate: Candidate
    digest: str
    people: People
    votes: dict[str, Vote]
    attestations: dict[str, Attestation] = field(default_factory=dict)
    recovered: frozenset[str] = frozenset()

    def open_votes(self) -> tuple[Vote, ...]:
        """Votes that may be shown: none until the review is decided or both votes are in."""
        decided = self.state is not RunState.AWAITING_REVIEW
        return tuple(self.votes.values()) if decided or len(self.votes) >= policies.APPROVALS_NEEDED else ()


def approve(
    run: Run,
    name: str,
    key: Path,
    *,
    accept: Sequence[str] = (),
    reason: str = "",
    now: dt.datetime | None = None,
) -> Standing:
    """Approve the candidate of a run and return where the review stands then.

    Raises: ReviewError, KeyInvalid, NotReady, RunBusy, RunError, StorageError, DiskFull.
    """
    return _vote(run, Decision.APPROVE, name, key, accept=accept, reason=reason, now=now)


def ask_changes(run: Run, name: str, key: Path, *, reason: str, now: dt.datetime | None = None) -> Standing:
    """Ask the producer for changes, which ends the review of this candidate, and return where it stands then.

    Raises: as `approve`.
    """
    return _vote(run, Decision.ASK_CHANGES, name, key, accept=(), reason=reason, now=now)


def reject(run: Run, name: str, key: Path, *, reason: str, now: dt.datetime | None = None) -> Standing:
    """Reject the candidate of a run and return where the review stands then.

    Raises: as `approve`.
    """
    return _vote(run, Decision.REJECT, name, key, accept=(), reason=reason, now=now)


def attest(
    run: Run,
    name: str,
    key: Path,
    *,
    control: str,
    answer: Answer,
    reason: str,
    expires: dt.date,
    now: dt.datetime | None = None,
) -> Standing:
    """Answer one question of the candidate and return where the review stands then; the latest answer stands.

    Raises: as `approve`.
    """
    private = load_private(key)
    moment = now or dt.datetime.now(dt.UTC)
    state_of(run.state())
    with run.lock():
        before = settle(run, moment)
        check_owns_key(before.people, name, private)
        policies.check_open(before.state, before.candidate, moment.date())
        value = {
            "candidate": before.digest,
            "control": control,
            "answer": answer.value,
            "name": name,
            "reason": reason,
            "at": _stamp(moment),
            "expires": expires.isoformat(),
        }
        payload = from_canonical(_canonical(value), AttestationPayload, "The answer", ReviewError)
        made = attested(payload, private)
        check_attestation(made, before.candidate, before.digest, before.people)
        policies.check_dated_answer(payload, before.votes.values(), before.attestations.values())
        data = made.data()
        write_bytes(run.attestations / f"{sha256_bytes(data)}.json", data)
        return settle(run, moment)


def show(run: Run, now: dt.datetime | None = None) -> Standing:
    """Where the review stands; one nobody answered in time is refused by this.

    Raises: NotReady, ReviewError, RunBusy, RunError, StorageError.
    """
    state_of(run.state())  # before the lock, which would make the folder
    with run.lock():
        return settle(run, now)


def settle(run: Run, now: dt.datetime | None = None) -> Standing:
    """Bring log and state up to date with the vote files and the calendar. The caller holds the run.

    Raises: NotReady, ReviewError, RunError, StorageError, DiskFull.
    """
    content = run.state()
    state = state_of(content)
    candidate, digest = load_candidate(run.candidate)
    if content.get("contract") != candidate.contract or content.get("producer") != candidate.producer:
        raise ReviewError("run.json and candidate.json are not of one run.", "Produce the run again.")
    people = load_people(run.people)
    everything = read_votes(run.votes, people)
    answers = read_attestations(run.attestations)
    for answer in answers.values():
        check_signed(answer, people)
    repair(run.audit)
    # Answers first: those that came from a room were given before the votes that rest on them.
    _log_missing(run, Act.ATTEST, {name: answer.payload.name for name, answer in answers.items()})
    recovered = _log_missing(run, Act.VOTE, {name: vote.payload.name for name, vote in everything.items()})
    # Votes on an earlier candidate of the same run stay on file and count for nothing.
    votes = {name: vote for name, vote in everything.items() if vote.payload.candidate == digest}
    here = {name: answer for name, answer in answers.items() if answer.payload.candidate == digest}
    for answer in here.values():
        check_attestation(answer, candidate, digest, people)
    standing = Standing(state, candidate, digest, people, votes, here, recovered)
    return _decide(run, standing, now or dt.datetime.now(dt.UTC))


def _log_missing(run: Run, act: Act, files: dict[str, str]) -> frozenset[str]:
    """Enter the files (digest to who signed it) that are not in the log yet, and return their digests."""
    logged = {entry.subject for entry in read(run.audit) if entry.act is act}
    if lost := sorted(logged - set(files)):
        raise RunError(
            f"The {_NOUN[act]} {lost[0]}.json is in the audit log but not on file.", "Restore it from a backup."
        )
    missing = [name for name in files if name not in logged]
    for name in missing:
        append(run.audit, files[name], act, name, Outcome.DONE)
    return frozenset(missing)


_NOUN = {Act.VOTE: "vote", Act.ATTEST: "answer"}
_DECIDED = {
    Decision.APPROVE: (Event.SECOND_APPROVAL, Outcome.APPROVED),
    Decision.ASK_CHANGES: (Event.ASK_CHANGES, Outcome.CHANGES_ASKED),
    Decision.REJECT: (Event.REJECT, Outcome.REJECTED),
}


def _decide(run: Run, standing: Standing, now: dt.datetime) -> Standing:
    if standing.state is not RunState.AWAITING_REVIEW:
        return standing
    decision = policies.tally(standing.votes.values())
    answers = tuple(standing.attestations.values())
    if decision is Decision.APPROVE:
        policies.check_approved(standing.candidate, standing.digest, standing.votes.values(), answers)
    if decision:
        event, outcome = _DECIDED[decision]
    elif policies.timed_out(standing.candidate, now.date()):
        event, outcome = Event.TIME_OUT, Outcome.TIMED_OUT
    else:
        return standing
    append(run.audit, RULE, Act.DECIDE, standing.digest, outcome)
    after = advance(standing.state, event)
    run.set_state(state=after.value)
    return replace(standing, state=after)


def _vote(
    run: Run,
    decision: Decision,
    name: str,
    key: Path,
    *,
    accept: Sequence[str],
    reason: str,
    now: dt.datetime | None,
) -> Standing:
    private = load_private(key)
    moment = now or dt.datetime.now(dt.UTC)
    state_of(run.state())
    with run.lock():
        before = settle(run, moment)
        check_may_vote(before.people, before.candidate, name, private)
        payload = _payload(before.digest, decision, name, accept=accept, reason=reason, at=moment)
        if _was_recovered(before, payload):
            return before
        policies.check_open(before.state, before.candidate, moment.date())
        policies.check_first_vote(before.votes.values(), name)
        policies.check_decision(before.candidate, payload)
        if decision is Decision.APPROVE:
            check_answered(before.candidate, before.attestations.values(), moment)
            policies.check_dated_vote(payload, before.attestations.values())
        check_files(run.candidate, before.candidate)
        data = signed(payload, private).data()
        write_bytes(run.votes / f"{sha256_bytes(data)}.json", data)
        return settle(run, moment)


def _payload(
    digest: str, decision: Decision, name: str, *, accept: Sequence[str], reason: str, at: dt.datetime
) -> Payload:
    value = {
        "candidate": digest,
        "decision": decision.value,
        "name": name,
        "accepted": sorted(set(accept)),
        "reason": reason,
        "at": _stamp(at),
    }
    return from_canonical(_canonical(value), Payload, "The vote", ReviewError)


def _stamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _canonical(value: Mapping[str, object]) -> bytes:
    try:
        return canonical_json(value)
    except ValueError:
        raise ReviewError("The reason holds signs that are not text.", "Type it again.") from None


def _was_recovered(standing: Standing, payload: Payload) -> bool:
    """True when this very vote was on file already, from a process that died before it could say so."""
    return any(
        standing.votes[name].payload.model_copy(update={"at": payload.at}) == payload
        for name in standing.recovered & set(standing.votes)
    )
