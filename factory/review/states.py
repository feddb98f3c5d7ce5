"""The life of a release as one table: for each state and event, the next state, or that it may not be.

The diagram in docs/review.md is drawn from this table by `diagram`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from factory.core.errors import NotReady, RunError
from factory.core.run import RunState


class Event(StrEnum):
    """What can happen to a run, its candidate or its release."""

    PRODUCE = "produce"
    FAIL = "refused by the gates"
    SUBMIT = "submit for review"
    FIRST_VOTE = "first vote"
    SECOND_APPROVAL = "both approve"
    ASK_CHANGES = "ask for changes"
    REJECT = "refuse"
    TIME_OUT = "nobody answers in time"
    RELEASE = "release"
    REVOKE = "revoke"
    EXPIRE = "expire"


_S, _E = RunState, Event

_ALLOWED: dict[RunState, dict[Event, RunState]] = {
    _S.DRAFT: {_E.PRODUCE: _S.DRAFT, _E.FAIL: _S.FAILED_GATES, _E.SUBMIT: _S.AWAITING_REVIEW},
    _S.FAILED_GATES: {_E.PRODUCE: _S.DRAFT},
    _S.AWAITING_REVIEW: {
        _E.PRODUCE: _S.DRAFT,
        _E.SUBMIT: _S.AWAITING_REVIEW,
        _E.FIRST_VOTE: _S.AWAITING_REVIEW,
        _E.SECOND_APPROVAL: _S.APPROVED,
        _E.ASK_CHANGES: _S.CHANGES_ASKED,
        _E.REJECT: _S.REFUSED,
        _E.TIME_OUT: _S.REFUSED,
    },
    _S.CHANGES_ASKED: {_E.PRODUCE: _S.DRAFT},
    _S.REFUSED: {},
    _S.APPROVED: {_E.RELEASE: _S.RELEASED, _E.EXPIRE: _S.EXPIRED},
    _S.RELEASED: {_E.RELEASE: _S.RELEASED, _E.REVOKE: _S.REVOKED, _E.EXPIRE: _S.EXPIRED},
    _S.REVOKED: {},
    _S.EXPIRED: {_E.REVOKE: _S.REVOKED},
}

TRANSITIONS: dict[tuple[RunState, Event], RunState | None] = {
    (state, event): _ALLOWED[state].get(event) for state in RunState for event in Event
}


def advance(state: RunState, event: Event) -> RunState:
    """The state after an event. Raises: NotReady when the state does not allow it."""
    after = TRANSITIONS[state, event]
    if after is None:
        raise NotReady(f"The run is {state}; it does not allow: {event}.", "See: factory review show RUN")
    return after


def state_of(content: Any) -> RunState:
    """The state run.json holds. Raises: RunError when it is none."""
    try:
        return RunState(content["state"])
    except (ValueError, KeyError, TypeError):
        raise RunError("run.json does not hold a state of a run.", "Produce the run again.") from None


def diagram() -> str:
    """The table as a Mermaid state diagram; one line an allowed transition."""
    lines = ["stateDiagram-v2", f"    [*] --> {_S.DRAFT.name}"]
    lines += [f"    {state.name} : {state}" for state in RunState]
    lines += [f"    {state.name} --> {after.name} : {event}" for (state, event), after in TRANSITIONS.items() if after]
    return "\n".join(lines) + "\n"
