import errno
import io
import os
import random
import shutil
import signal
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from unit.candidates import LICENCE, OFFICER, PRODUCER, TODAY, Made, licence_value, make_run

from factory.audit import Act, read
from factory.core.errors import (
    BundleInvalid,
    DiskFull,
    KeyInvalid,
    LicenceError,
    NotReady,
    OutputExists,
    ReviewError,
    RunError,
)
from factory.core.files import sha256_file
from factory.core.run import Run
from factory.release import seal, verify, ziparchive
from factory.review import reject


def release(made: Made, name: str = OFFICER) -> Path:
    return seal(made.run, made.signed(), name, made.key(name), TODAY)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def approved(tmp_path):
    return make_run(tmp_path).approved()


def test_a_bundle_holds_the_reviewed_bytes_and_verifies(approved):
    bundle = release(approved)
    made = contents(bundle)
    tables = {path: data for path, data in contents(approved.run.candidate).items() if path.endswith(".parquet")}
    assert {p: d for p, d in contents(approved.run.candidate).items() if p not in tables}.items() <= made.items()
    assert tables.keys() <= made.keys()
    assert made["licence.yaml"] == approved.licence.read_bytes()
    assert {f"votes/{path.name}" for path in approved.run.votes.iterdir()} < set(made)
    assert approved.run.state()["state"] == "released"
    for form in (bundle, approved.bundle_zip):
        assert verify(form, approved.run.people, TODAY).approvals


def test_sealing_again_changes_nothing(approved):
    release(approved)
    before = contents(approved.run.root)
    release(approved)
    assert contents(approved.run.root) == before


def test_a_lost_or_damaged_zip_is_made_anew_to_the_byte(approved):
    release(approved)
    original = approved.bundle_zip.read_bytes()
    for damage in (b"", original[:-1], b"PK" + original[2:100]):
        approved.bundle_zip.write_bytes(damage)
        release(approved)
        assert approved.bundle_zip.read_bytes() == original
    shutil.rmtree(approved.bundle)
    approved.bundle_zip.unlink()
    release(approved)
    assert approved.bundle_zip.read_bytes() == original


def test_only_an_approved_run_is_released(tmp_path):
    made = make_run(tmp_path)
    with pytest.raises(NotReady, match="awaiting review"):
        release(made)
    for name in ("Dr Wong", "Dr Lau"):
        reject(made.run, name, made.key(name), reason="No.", now=TODAY)
    with pytest.raises(NotReady, match="refused"):
        release(made)
    assert not made.bundle.exists()


def test_a_state_edited_to_approved_is_no_approval(tmp_path):
    made = make_run(tmp_path)
    made.run.set_state(state="approved")
    with pytest.raises(ReviewError, match="0 of the 2 approvals"):
        release(made)


@pytest.mark.parametrize("name", ["Dr Wong", PRODUCER, "Mr Ng"])
def test_only_a_release_officer_who_is_not_the_producer_releases(approved, name):
    with pytest.raises(ReviewError):
        release(approved, name)


def test_the_officers_own_key_is_needed(approved):
    with pytest.raises(KeyInvalid):
        seal(approved.run, approved.signed(), OFFICER, approved.key("Dr Wong"), TODAY)


@pytest.mark.parametrize(
    "changes",
    [{"licensor": "Another"}, {"purposes": ["marketing"]}, {"effective": "2020-01-01", "expires": "2026-03-01"}],
)
def test_a_licence_that_does_not_fit_is_refused(approved, changes):
    approved.licence.write_text(yaml.safe_dump(licence_value(**changes)))
    with pytest.raises(LicenceError):
        release(approved)
    assert not approved.bundle.exists()


def test_a_candidate_changed_after_approval_is_refused(approved):
    (approved.run.candidate / "dossier.html").write_bytes(b"<p>dossieR</p>")
    with pytest.raises(ReviewError, match=r"dossier\.html was changed"):
        release(approved)


def test_a_vote_taken_away_after_approval_is_missed(approved):
    next(approved.run.votes.iterdir()).unlink()
    with pytest.raises(RunError, match="not on file"):
        release(approved)


def test_a_log_rewritten_after_approval_is_refused(approved):
    approved.run.audit.write_bytes(approved.run.audit.read_bytes().replace(b"Dr Wong", b"Dr Lau_"))
    with pytest.raises(RunError, match="Entry 2"):
        release(approved)


def test_a_run_is_released_to_several_licensees_and_to_each_once(approved):
    first = release(approved)
    approved.licence.write_text(yaml.safe_dump(licence_value(id="L-2")))
    second = release(approved)
    assert first != second and verify(first, approved.run.people, TODAY).licence.id == "L-2026-001"
    assert verify(second, approved.run.people, TODAY).licence.id == "L-2"
    approved.licence.write_text(yaml.safe_dump(licence_value(id="L-2", model_training=False)))
    with pytest.raises(OutputExists, match="L-2"):
        release(approved)


def test_a_bundle_tampered_with_in_place_is_not_released_again(approved):
    (release(approved) / "dossier.html").write_bytes(b"")
    with pytest.raises(BundleInvalid, match=r"dossier\.html"):
        release(approved)


def test_a_full_disk_leaves_no_bundle_and_the_next_try_succeeds(approved, monkeypatch):
    write = Path.write_bytes

    def full(path, data):
        if path.name == "release.dsse.json":
            raise OSError(errno.ENOSPC, "full")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DiskFull):
        release(approved)
    monkeypatch.undo()
    assert not approved.bundle.exists()
    release(approved)


# Killed at any moment


def killed_at(run: Run, licence: Path, key: Path, moment: int) -> int | None:
    """Seal in a child that kills itself at its n-th touch of the file system; None when it came to an end."""
    child = os.fork()
    if child == 0:
        touches = 0

        def touch(event, args):
            nonlocal touches
            if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate"):
                touches += 1
                if touches == moment:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(touch)
        try:
            seal(run, licence, OFFICER, key, TODAY)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return moment if os.WIFSIGNALED(status) else None


def test_a_release_killed_at_any_moment_is_completed_by_the_next(approved, tmp_path):
    def copy(number: int) -> Run:
        return Run(Path(shutil.copytree(approved.run.root, tmp_path / f"copy-{number}")))

    key, data = approved.key(OFFICER), {"dictionary.json": (approved.run.candidate / "dictionary.json").read_bytes()}
    licence = approved.signed()
    first, last = 1, 1
    while killed_at(copy(10_000 + last), licence, key, last):
        last *= 2
    moments = random.Random(3).sample(range(first, last), min(30, last - first))
    killed = 0
    for moment in moments:
        run = copy(moment)
        killed += killed_at(run, licence, key, moment) is not None
        bundle = run.bundle(LICENCE)
        assert not bundle.exists() or verify(bundle, run.people, TODAY)
        seal(run, licence, OFFICER, key, TODAY)
        verified = verify(run.bundle_zip(LICENCE), run.people, TODAY)
        assert data.items() <= contents(bundle).items()
        assert verify(bundle, run.people, TODAY).contents.files == verified.contents.files
        assert sorted(p.name for p in run.release.iterdir()) == ["bundles", "candidate", "marks.key", "votes"]
        acts = [entry.act for entry in read(run.audit)]
        assert (acts.count(Act.RELEASE), acts.count(Act.SEAL)) == (1, 1)
        shutil.rmtree(run.root)
    assert killed > 10


# The archive


def archive(tmp_path: Path, files: dict[str, bytes]) -> bytes:
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    out = io.BytesIO()
    ziparchive.write(out, tmp_path, files)
    return out.getvalue()


@pytest.mark.parametrize("limit", [0xFFFFFFFF, 10])
def test_other_software_reads_the_archive_large_files_too(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(ziparchive, "_LIMIT32", limit)
    files = {"b/數據.bin": b"x" * 40, "a.txt": b"", "c": b"12345"}
    data = archive(tmp_path, files)
    with zipfile.ZipFile(io.BytesIO(data)) as read_back:
        assert read_back.testzip() is None
        assert {name: read_back.read(name) for name in read_back.namelist()} == files
    members = ziparchive.read(io.BytesIO(data))
    assert {name: member.sha256 for name, member in members.items()} == {
        name: sha256_file(tmp_path / name) for name in files
    }


def test_the_same_contents_are_the_same_archive(tmp_path):
    files = {"a": b"1", "b": b"2"}
    first = archive(tmp_path / "x", files)
    os.utime(tmp_path / "x" / "a", (1, 1))
    (tmp_path / "x" / "b").chmod(0o600)
    assert archive(tmp_path / "x", dict(reversed(files.items()))) == first


def test_too_many_files_or_bytes_are_refused(tmp_path, monkeypatch):
    data = archive(tmp_path, {"a": b"1", "b": b"2"})
    for name in ("MOST_FILES", "MOST_BYTES"):
        monkeypatch.setattr(ziparchive, name, 1)
        with pytest.raises(BundleInvalid, match="more than"):
            ziparchive.read(io.BytesIO(data))
        monkeypatch.undo()


def test_the_command_takes_name_and_key_from_the_environment(tmp_path, factory):
    made = make_run(tmp_path, review_by="2999-01-01").approved()
    made.licence.write_text(yaml.safe_dump(licence_value(expires="2999-01-01")))
    signed = made.signed()
    bare = factory("release", made.run.root, "--licence", signed)
    assert bare.returncode == 50
    signer = {"FACTORY_AS": OFFICER, "FACTORY_KEY": str(made.key(OFFICER))}
    done = factory("release", made.run.root, "--licence", signed, env=signer)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(made.bundle), str(made.bundle_zip)]
    checked = factory("verify", made.bundle_zip, "--trust", made.run.people)
    assert checked.returncode == 0, checked.stderr
    assert "sealed by   Ms Lee" in checked.stdout
