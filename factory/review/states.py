"""The life of a run as one table: for each state and event, the next state, or that it may not be."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from factory.core.errors import NotReady, RunError
from factory.core.run import RunState


class Event(StrEnum):
    """What can happen to a run."""

    PRODUCE = "produce"
    REFUSE = "refused by the gates"
    SUBMIT = "submit for review"
    FIRST_APPROVAL = "first approval"
    SECOND_APPROVAL = "second approval"
    REJECT = "reject"
    TIME_OUT = "time out"
    RELEASE = "release"


_S = RunState
_NO = None

# Columns are the events in their order above; `_NO` is an event the state does not allow.
_ROWS: dict[RunState, tuple[RunState | None, ...]] = {
    _S.RUNNING: (_S.RUNNING, _S.FAILED_GATES, _S.AWAITING_REVIEW, _NO, _NO, _NO, _NO, _NO),
    _S.FAILED_GATES: (_S.RUNNING, _NO, _NO, _NO, _NO, _NO, _NO, _NO),
    _S.AWAITING_REVIEW: (
        _S.RUNNING, _NO, _S.AWAITING_REVIEW, _S.AWAITING_REVIEW, _S.APPROVED, _S.REJECTED, _S.REJECTED, _NO,
    ),
    _S.REJECTED: (_S.RUNNING, _NO, _NO, _NO, _NO, _NO, _NO, _NO),
    _S.APPROVED: (_NO, _NO, _NO, _NO, _NO, _NO, _NO, _S.RELEASED),
    _S.RELEASED: (_NO, _NO, _NO, _NO, _NO, _NO, _NO, _S.RELEASED),
}  # fmt: skip

TRANSITIONS: dict[tuple[RunState, Event], RunState | None] = {
    (state, event): after for state, row in _ROWS.items() for event, after in zip(Event, row, strict=True)
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
