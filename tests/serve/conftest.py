"""A room served by a real process, with people who have accounts, and a browserless client that signs in."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pyotp
import pytest
from unit.candidates import PRODUCER, Made, make_run

from factory.core.keys import load_private
from factory.review.people import load_people
from factory.review.room import Room, open_room
from factory.review.room.accounts import get_account
from factory.review.votes import Decision, Payload, signed
from factory.serve.accounts import create_account

PASSWORD = "a long enough password"


# Seconds in which a code is typed and sent.
TYPING = 8


@dataclass
class Served:
    """The process, its address, and a way in beside it."""

    url: str
    process: subprocess.Popen[str]
    room: Room
    made: Made
    digest: str
    secrets: dict[str, str]
    home: Path
    store_url: str

    def code(self, name: str) -> str:
        """A code that has not been used yet: the oldest that will still be taken in some seconds."""
        used = get_account(self.room.store, name).totp_last
        step = max(int(dt.datetime.now(dt.UTC).timestamp() + TYPING) // 30 - 1, used + 1)
        return pyotp.TOTP(self.secrets[name]).at(step * 30)

    def signed_in(self, name: str) -> httpx.Client:
        client = httpx.Client(base_url=self.url, timeout=30)
        answer = client.post("/sign-in", data={"name": name, "password": PASSWORD, "code": self.code(name)})
        assert answer.status_code == 303, answer.text
        page = client.get("/account").text
        client.headers["x-csrf-token"] = page.split('name="csrf" value="')[1].split('"')[0]
        return client

    def vote(self, name, decision=Decision.APPROVE, *, digest=None, key=None, reason="Read in full.", at=None):
        now = (at or dt.datetime.now(dt.UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
        payload = Payload(
            candidate=digest or self.digest, decision=decision, name=name, accepted=(), reason=reason, at=now
        )
        return signed(payload, load_private(self.made.key(key or name))).model_dump(mode="json")

    def more(self, tmp_path: Path, name: str, **changes: object) -> str:
        """Another candidate of the same people."""
        made = make_run(tmp_path, name, review_by=soon(), **changes)
        return self.room.submit(made.run.candidate, PRODUCER).digest


def soon() -> str:
    return (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=20)).isoformat()


def start(home: Path, url: str, *more: str) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "factory.cli", "serve", "--home", str(home), "--store", url, "--port", "0", *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    address = process.stdout.readline().strip().rstrip("/")
    assert address, process.stderr.read()
    return process, address


def serving(tmp_path: Path, url: str, *more: str, **changes: object) -> Served:
    home = tmp_path / "room"
    made = make_run(tmp_path, review_by=soon(), **changes)
    room = open_room(home, url)
    room.add_people(load_people(made.run.people), "setup")
    digest = room.submit(made.run.candidate, PRODUCER).digest
    secrets = {}
    for person in room.people().people:
        uri = create_account(room, person.name, PASSWORD)
        secrets[person.name] = pyotp.parse_uri(uri).secret
    process, address = start(home, url, *more)
    return Served(address, process, room, made, digest, secrets, home, url)


@pytest.fixture
def served(tmp_path, store_url):
    made = serving(tmp_path, store_url)
    yield made
    made.process.terminate()
    made.process.wait(timeout=20)
    made.room.store.close()
