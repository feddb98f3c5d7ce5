"""A catalogue with a sealed release in it, served by a real process, and a licensee's side of it."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from serve.conftest import start
from unit.candidates import LICENCE, OFFICER, Made, licence_value, make_run

from factory.catalog.keeper import Keeper, open_keeper
from factory.catalog.keeper import tokens as keeper_tokens
from factory.catalog.keeper.publishing import publish
from factory.release.seal import seal
from factory.review import approve
from factory.review.people import load_people

NAME = "wards"


def today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def sealed_now(root: Path, name: str = "run", licence: dict | None = None, status: str = "", **changes: object) -> Made:
    """A run reviewed and sealed as of now."""
    made = make_run(root, name, review_by=(today() + dt.timedelta(days=20)).isoformat(), **changes)
    terms = {"effective": today(), "expires": today() + dt.timedelta(days=200), **(licence or {})}
    made.licence.write_text(yaml.safe_dump(licence_value(**terms)), encoding="utf-8")
    for person in ("Dr Wong", "Dr Lau"):
        approve(made.run, person, made.key(person), reason="Read in full.")
    now = dt.datetime.now(dt.UTC)
    seal(made.run, made.signed(now=now), OFFICER, made.key(OFFICER), now, status=status)
    return made


@dataclass
class Catalogue:
    """The keeper's side, the served address, and what a licensee has."""

    keeper: Keeper
    made: Made
    home: Path
    store_url: str
    folder: Path
    process: subprocess.Popen[str] | None = None
    url: str = ""
    more: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def serve(self, *more: str) -> str:
        """Start the server; the same port again where it ran before."""
        if self.url:
            more = (*more, "--port", self.url.rpartition(":")[2])
        self.process, self.url = start(self.home, self.store_url, *self.more, *more)
        return self.url

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None

    def token(self, licence: str = LICENCE, **more: object) -> str:
        return keeper_tokens.issue(self.keeper, licence, "terminal", **more)

    def client(self, *words: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a verb as the licensee, on whose machine nothing of the owner's is set."""
        command = [sys.executable, "-m", "factory.cli", *map(str, words)]
        return subprocess.run(
            command, input=stdin, capture_output=True, text=True, env=self.licensee(), timeout=300, check=False
        )

    def licensee(self) -> dict[str, str]:
        home = {"XDG_CONFIG_HOME": str(self.folder / "config"), "XDG_CACHE_HOME": str(self.folder / "cache")}
        return {**os.environ, **home, **self.environment}

    def login(self, token: str | None = None) -> subprocess.CompletedProcess[str]:
        words = ("login", self.url, "--trust", self.made.run.people, "--token-stdin")
        return self.client(*words, stdin=f"{token or self.token()}\n")


def catalogue(tmp_path: Path, store_url: str, storage: str = "", made: Made | None = None) -> Catalogue:
    """A catalogue with one release published, not served yet."""
    made = made or sealed_now(tmp_path)
    home = tmp_path / "room"
    keeper = open_keeper(home, store_url, storage)
    keeper.room.add_people(load_people(made.run.people), "setup")
    publish(keeper, made.run)
    more = ("--storage", storage) if storage else ()
    return Catalogue(keeper, made, home, store_url, tmp_path / "licensee", more=more)
