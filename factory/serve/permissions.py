"""Who may do what in the room, as one table; that a producer never reviews their own stands in `factory.review`."""

from __future__ import annotations

from enum import StrEnum

from factory.core.errors import ReviewError
from factory.core.run import RunState
from factory.review.people import Person, Role, same_person
from factory.review.room import Submission


class Action(StrEnum):
    """What somebody may want to do."""

    READ = "read candidates and dossiers"
    COMMENT = "comment"
    ANSWER = "answer questions"
    VOTE = "vote"
    REVOKE = "revoke a release"
    AUDIT = "read the audit log"
    PEOPLE = "see who is registered"
    BROWSE = "browse the catalogue"
    USAGE = "see who pulled what"


ALLOWED: dict[Role, frozenset[Action]] = {
    Role.PRODUCER: frozenset({Action.READ, Action.COMMENT, Action.BROWSE}),
    Role.REVIEWER: frozenset({Action.READ, Action.COMMENT, Action.ANSWER, Action.VOTE, Action.PEOPLE, Action.BROWSE}),
    Role.DATA_STEWARD: frozenset({Action.READ, Action.COMMENT, Action.ANSWER, Action.PEOPLE, Action.BROWSE}),
    Role.RELEASE_OFFICER: frozenset(
        {Action.READ, Action.COMMENT, Action.REVOKE, Action.PEOPLE, Action.BROWSE, Action.USAGE}
    ),
    Role.AUDITOR: frozenset({Action.READ, Action.AUDIT, Action.PEOPLE, Action.BROWSE, Action.USAGE}),
    Role.LICENSOR: frozenset({Action.READ, Action.COMMENT, Action.BROWSE, Action.USAGE}),
    Role.LICENSEE: frozenset({Action.BROWSE}),
    Role.CATALOGUE: frozenset(),
}


def may(person: Person, action: Action) -> bool:
    """True when one of the person's roles allows the action."""
    return any(action in ALLOWED[role] for role in person.roles)


def check_may(person: Person, action: Action) -> None:
    """Raise ReviewError unless `may`."""
    if not may(person, action):
        raise ReviewError(f"Your roles do not allow you to {action}.")


def open_to(person: Person, action: Action, submission: Submission) -> bool:
    """True when the action is open to the person on this candidate as it stands; the room checks again."""
    if not may(person, action):
        return False
    if action in (Action.VOTE, Action.ANSWER):
        mine = same_person(person.name, submission.producer)
        return submission.state is RunState.AWAITING_REVIEW and not mine
    if action is Action.REVOKE:
        return submission.state in (RunState.RELEASED, RunState.EXPIRED)
    return True
