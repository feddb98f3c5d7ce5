"""When a vote may be cast, what it has to say, and when votes suffice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable

from factory.core.errors import FactoryError, ReviewError
from factory.core.run import RunState
from factory.review.attestations import Answer, Attestation, AttestationPayload, check_answered, check_attestation
from factory.review.candidate import Candidate
from factory.review.people import People, same_person
from factory.review.states import TRANSITIONS, Event
from factory.review.votes import Decision, Payload, Vote, check_signature, moment

APPROVALS_NEEDED = 2
MOST_ANSWERS = 20
"""Answers of one person to one question of one candidate; a "no" is always taken."""


def check_open(state: RunState, candidate: Candidate, today: dt.date) -> None:
    """The run awaits review and its last day has not passed. Raises: ReviewError."""
    if state is not RunState.AWAITING_REVIEW:
        raise ReviewError(f"The run is {state}, and not awaiting review.", "See: factory review show RUN")
    if timed_out(candidate, today):
        raise ReviewError(
            f"The review ended on {candidate.review_by} without an answer; the run is refused.",
            "Produce it again.",
        )


def is_open(state: RunState, candidate: Candidate, today: dt.date) -> bool:
    """True when `check_open` does not raise."""
    return state is RunState.AWAITING_REVIEW and not timed_out(candidate, today)


def timed_out(candidate: Candidate, today: dt.date) -> bool:
    """True after the last day of the review, in UTC."""
    return today > candidate.review_by


def check_first_vote(votes: Iterable[Vote], name: str) -> None:
    """A person votes once. Raises: ReviewError."""
    if any(same_person(vote.payload.name, name) for vote in votes):
        raise ReviewError(f"{name} has voted on this candidate already.", "A vote cannot be changed or repeated.")


def check_decision(candidate: Candidate, payload: Payload, error: type[FactoryError] = ReviewError) -> None:
    """The vote says what its decision needs, and was cast in time.

    An approval needs a candidate that did not fail, and every shortfall accepted by name with a reason; what is not
    an approval needs a reason. Whether the questions are answered is `attestations.check_answered`'s matter.
    Raises: `error`.
    """
    if timed_out(candidate, moment(payload.at).date()):
        raise error(f"The vote by {payload.name} was cast after {candidate.review_by}.")
    if payload.decision is not Decision.APPROVE:
        if not payload.reason.strip():
            what = "A rejection" if payload.decision is Decision.REJECT else "Asking for changes"
            raise error(f"{what} needs a reason.", "Give it with --reason TEXT.")
        return
    if candidate.verdict == "fail":
        raise error("The gates refused this candidate; it cannot be approved.", "Mend the cause and produce it again.")
    for control in candidate.controls:
        if control not in payload.accepted:
            raise error(f"The shortfall of {control} is not accepted.", f"Accept it by name: --accept {control}")
    for control in payload.accepted:
        if control not in candidate.controls:
            raise error(f"{control} has no shortfall to accept.", "See: factory review show RUN")
    if candidate.shortfalls and not payload.reason.strip():
        raise error("Accepting a shortfall needs a reason.", "Give it with --reason TEXT.")


def check_dated_vote(payload: Payload, answers: Iterable[Attestation], error: type[FactoryError] = ReviewError) -> None:
    """No answer that was in before the vote is dated after it: nobody dates back around one. Raises: `error`."""
    if any(moment(answer.payload.at) > moment(payload.at) for answer in answers):
        raise error(f"The vote by {payload.name} is dated before an answer that was in already.", "Sign it again.")


def check_dated_answer(payload: AttestationPayload, votes: Iterable[Vote], answers: Iterable[Attestation]) -> None:
    """An answer is dated after every vote that is in, and not before the last to its question. Raises: ReviewError."""
    at = moment(payload.at)
    late = any(at <= moment(vote.payload.at) for vote in votes)
    same = [answer for answer in answers if answer.payload.control == payload.control]
    if late or any(at < moment(answer.payload.at) for answer in same):
        raise ReviewError("The answer is dated before a vote or an answer that is in already.", "Sign it again.")
    often = sum(same_person(answer.payload.name, payload.name) for answer in same)
    if payload.answer is not Answer.NO and often >= MOST_ANSWERS:
        raise ReviewError(f"{payload.name} answered {payload.control} {MOST_ANSWERS} times already.", "")


def that_count(
    candidate: Candidate, digest: str, votes: Iterable[Vote], answers: Iterable[Attestation], people: People
) -> tuple[tuple[Vote, ...], tuple[Attestation, ...]]:
    """The votes and answers of people who are still registered to give them, signatures checked once more.

    An approval counts as long as the answers it rested on are among them. What does not count is left out, so that
    somebody who lost a role stops nobody else.
    """
    given = tuple(one for one in answers if _holds(check_attestation, one, candidate, digest, people))
    cast = tuple(one for one in votes if _holds(check_signature, one, people, ReviewError))
    approving = [one for one in cast if one.payload.decision is Decision.APPROVE]
    idle = [one for one in approving if not _holds(check_answered, candidate, given, moment(one.payload.at))]
    return tuple(one for one in cast if one not in idle), given


def _holds(check: Callable[..., object], *arguments: object) -> bool:
    try:
        check(*arguments)
    except ReviewError:
        return False
    return True


def tally(votes: Iterable[Vote]) -> Decision | None:
    """What the votes on one candidate come to: nothing before two are in, then the most cautious of them.

    A refusal that decided at once would tell what every vote is that is in while the review goes on.
    """
    decisions = [vote.payload.decision for vote in votes]
    if len(decisions) < APPROVALS_NEEDED:
        return None
    for stop in (Decision.REJECT, Decision.ASK_CHANGES):
        if stop in decisions:
            return stop
    return Decision.APPROVE


def check_approved(
    candidate: Candidate,
    digest: str,
    votes: Iterable[Vote],
    attestations: Collection[Attestation],
    error: type[FactoryError] = ReviewError,
) -> tuple[str, ...]:
    """Names of at least two different people, none the producer, who approve exactly this digest.

    When each voted, every question had been answered yes. Signatures are the matter of `votes.check_signature` and
    `attestations.check_attestation`. Raises: `error`.
    """
    names: list[str] = []
    for vote in votes:
        payload = vote.payload
        if payload.candidate != digest:
            raise error(f"The vote by {payload.name} is on another candidate.")
        if payload.decision is not Decision.APPROVE:
            raise error(f"{payload.name} did not approve this candidate.")
        if same_person(payload.name, candidate.producer):
            raise error(f"The vote by {payload.name} does not count: who produces does not review.")
        if any(same_person(payload.name, name) for name in names):
            raise error(f"{payload.name} votes twice.")
        check_decision(candidate, payload, error)
        check_answered(candidate, attestations, moment(payload.at), error)
        names.append(payload.name)
    if len(names) < APPROVALS_NEEDED:
        raise error(f"{len(names)} of the {APPROVALS_NEEDED} approvals needed are there.")
    return tuple(names)


def follows(state: RunState, event: Event) -> bool:
    """True when a state allows an event."""
    return TRANSITIONS[state, event] is not None
