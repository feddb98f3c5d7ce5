"""Zones of two users: who seals may write a run's release side and log, and cannot enter its source zone."""

import contextlib
import datetime as dt
import json
import os

import pytest
import yaml
from another_user import folder_for_all
from catalogue import sealed_now, today
from unit.candidates import LICENCE, OFFICER, licence_value, make_run

from factory.audit import Act, read
from factory.core.errors import NotReady, StorageError
from factory.line.releasing import FRESH, RECEIPT, checked_release, leave_receipt
from factory.release.seal import seal
from factory.release.verify import verify_seal
from factory.review import approve
from factory.review.people import load_people
from flows.up import share

SOURCE, RELEASE = (61_001, 61_001), (61_002, 61_002)
"""User and group of each zone."""


@contextlib.contextmanager
def _as(user, group):
    if os.geteuid() != 0:
        pytest.skip("only root can be other users")
    before, mask = os.getgroups(), os.umask(0o007)
    os.setgroups([])
    os.setegid(group)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(before)
        os.umask(mask)


@pytest.fixture(scope="module", autouse=True)
def imported(tmp_path_factory):
    """All that sealing imports, for another user may not read where the interpreter lies."""
    sealed_now(tmp_path_factory.mktemp("before"))


@pytest.fixture
def approved():
    """A run that the source zone's user made, which two people approved, and a licence; the officer has a user too."""
    with folder_for_all() as folder:
        runs = folder / "runs"
        runs.mkdir()
        share(runs, *SOURCE, RELEASE[1])
        now = dt.datetime.now(dt.UTC)
        with _as(*SOURCE):
            made = make_run(runs, review_by=(today() + dt.timedelta(days=20)).isoformat())
            terms = licence_value(effective=today(), expires=today() + dt.timedelta(days=200))
            made.licence.write_text(yaml.safe_dump(terms))
            (made.run.source / "intake").mkdir()
            for name in ("Dr Wong", "Dr Lau"):
                approve(made.run, name, made.key(name), reason="Read in full.", now=now)
            offer = made.signed(now=now)
        os.chown(made.key(OFFICER), *RELEASE)
        yield made, offer


def test_the_other_user_seals_and_the_source_zones_goes_on(approved):
    made, offer = approved
    with _as(*RELEASE):
        seal(made.run, offer, OFFICER, made.key(OFFICER))
    verify_seal(made.run.bundle_zip(LICENCE), load_people(made.run.people))
    assert [entry.act for entry in read(made.run.audit)][-1] is Act.SEAL
    with _as(*SOURCE), made.run.lock():
        assert made.run.state()["state"] == "released"


def test_the_other_user_cannot_enter_the_source_zone(approved):
    made, _ = approved
    with _as(*RELEASE), pytest.raises(PermissionError):
        list(made.run.source.iterdir())


def test_a_release_by_the_other_user_needs_word_from_the_source_zones_that_the_register_was_asked(approved):
    run, path = approved[0].run, approved[0].run.root / RECEIPT

    def refused():
        with _as(*RELEASE), pytest.raises(NotReady, match="factory batches --check"), checked_release(run):
            pass

    refused()
    with _as(*SOURCE):
        leave_receipt(run)
    with _as(*RELEASE), checked_release(run):
        pass
    said = json.loads(path.read_text())
    yesterday = (dt.datetime.now(dt.UTC) - FRESH - dt.timedelta(minutes=1)).isoformat()
    for wrong in ({"at": yesterday}, {"candidate": "0" * 64}, {"at": "soon"}):
        path.write_text(json.dumps(said | wrong))
        refused()
    path.write_text("[]")
    refused()
    # The same words from who releases are their own.
    path.unlink()
    with _as(*RELEASE):
        path.write_text(json.dumps(said))
    refused()


def test_without_a_shared_group_it_is_one_sentence(approved):
    made, offer = approved
    made.run.root.chmod(0o755)
    (made.run.root / ".lock").chmod(0o644)
    with _as(*RELEASE), pytest.raises(StorageError):
        seal(made.run, offer, OFFICER, made.key(OFFICER))
