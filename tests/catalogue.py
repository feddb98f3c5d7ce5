"""A catalogue with a sealed release in it, served by a real process, and a licensee's side of it."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import numpy as np
import yaml
from serve.conftest import start
from unit import candidates
from unit.candidates import LICENCE, OFFICER, Made, candidate_value, licence_value, make_run

from factory.catalog.keeper import Keeper, open_keeper
from factory.catalog.keeper import tokens as keeper_tokens
from factory.catalog.keeper.publishing import publish
from factory.cli.main import main
from factory.core.files import canonical_json, sha256_bytes
from factory.release.seal import seal
from factory.review import approve
from factory.review.people import load_people

NAME = "wards"


def today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def sealed_now(
    root: Path, name: str = "run", licence: dict | None = None, status: str = "", ago: int = 0, **changes: object
) -> Made:
    """A run reviewed and sealed as of now, or of some days `ago`."""
    made = make_run(root, name, review_by=(today() + dt.timedelta(days=20)).isoformat(), **changes)
    terms = {"effective": today(), "expires": today() + dt.timedelta(days=200), **(licence or {})}
    made.licence.write_text(yaml.safe_dump(licence_value(**terms)), encoding="utf-8")
    now = dt.datetime.now(dt.UTC) - dt.timedelta(days=ago)
    for person in ("Dr Wong", "Dr Lau"):
        approve(made.run, person, made.key(person), reason="Read in full.", now=now)
    seal(made.run, made.signed(now=now), OFFICER, made.key(OFFICER), now, status=status)
    return made


@contextlib.contextmanager
def weighing(size: int) -> Iterator[None]:
    """What is made within holds a file `large.bin` too, of so many bytes that nothing compresses."""
    plain = candidates.write_candidate

    def write(folder: Path, **changes: object) -> str:
        plain(folder, **changes)
        random, left = np.random.default_rng(7), size
        with (folder / "large.bin").open("wb") as out:
            while left:
                left -= out.write(random.bytes(min(left, 1 << 24)))
        data = canonical_json({**candidate_value(folder), **changes})
        (folder / "candidate.json").write_bytes(data)
        return sha256_bytes(data)

    with mock.patch.object(candidates, "write_candidate", write):
        yield


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
    said: str = ""

    def serve(self, *more: str) -> str:
        """Start the server; the same port again where it ran before."""
        if self.url:
            more = (*more, "--port", self.url.rpartition(":")[2])
        self.process, self.url = start(self.home, self.store_url, *self.more, *more)
        return self.url

    def stop(self) -> None:
        """End the server; `said` is what it wrote beside its address."""
        if self.process is not None:
            self.process.terminate()
            self.said += self.process.communicate(timeout=20)[1]
            self.process = None

    def token(self, licence: str = LICENCE, **more: object) -> str:
        return keeper_tokens.issue(self.keeper, licence, "terminal", **more)

    def client(self, *words: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a verb as the licensee, who has nothing of the owner's; within this process, for speed."""
        out, err, before = io.StringIO(), io.StringIO(), dict(os.environ)
        os.environ.update(self.licensee())
        given, sys.stdin = sys.stdin, io.StringIO(stdin)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main([str(word) for word in words])
        finally:
            sys.stdin = given
            os.environ.clear()
            os.environ.update(before)
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())

    def apart(self, *words: object, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """The same in a process of its own."""
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


def catalogue(tmp_path: Path, store_url: str, storage: str = "", made: Made | None = None, ago: int = 0) -> Catalogue:
    """A catalogue with one release published, not served yet; its keeper's clock is `ago` days behind."""
    made = made or sealed_now(tmp_path)
    home = tmp_path / "room"
    keeper = open_keeper(home, store_url, storage, lambda: dt.datetime.now(dt.UTC) - dt.timedelta(days=ago))
    keeper.room.add_people(load_people(made.run.people), "setup")
    publish(keeper, made.run)
    more = ("--storage", storage) if storage else ()
    return Catalogue(keeper, made, home, store_url, tmp_path / "licensee", more=more)
