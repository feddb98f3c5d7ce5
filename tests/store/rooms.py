"""A room with people, and candidates to bring into it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from unit.candidates import PRODUCER, TODAY, Made, make_run

from factory.core.keys import load_private
from factory.review.attestations import AttestationPayload, attested
from factory.review.people import load_people
from factory.review.room import Room
from factory.review.votes import Decision, Payload, signed
from factory.store import Store

STAMP = "%Y-%m-%dT%H:%M:%SZ"


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: dt.datetime = TODAY) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now


@dataclass
class Setting:
    """A room, its clock, and the run whose candidate is in it."""

    room: Room
    clock: Clock
    made: Made
    digest: str

    def vote(self, name, decision=Decision.APPROVE, *, accepted=(), reason="Read in full.", digest=None, key=None):
        payload = Payload(
            candidate=digest or self.digest,
            decision=decision,
            name=name,
            accepted=tuple(accepted),
            reason=reason,
            at=self.clock().strftime(STAMP),
        )
        return signed(payload, load_private(self.made.key(key or name)))

    def answer(self, name, control, answer="yes", *, days=365, key=None, digest=None):
        value = {
            "candidate": digest or self.digest,
            "control": control,
            "answer": answer,
            "name": name,
            "reason": "Asked.",
            "at": self.clock().strftime(STAMP),
            "expires": (self.clock().date() + dt.timedelta(days=days)).isoformat(),
        }
        import json

        payload = AttestationPayload.model_validate_json(json.dumps(value))
        return attested(payload, load_private(self.made.key(key or name)))


def setting(store: Store, tmp_path: Path, **changes: object) -> Setting:
    clock = Clock()
    room = Room(store, tmp_path / "blobs", clock)
    made = make_run(tmp_path, **changes)
    room.add_people(load_people(made.run.people), "setup")
    return Setting(room, clock, made, room.submit(made.run.candidate, PRODUCER).digest)
