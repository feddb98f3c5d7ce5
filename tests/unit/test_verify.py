import base64
import io
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.candidates import OFFICER, PRODUCER, TODAY, Made, licence_value, make_run

from factory.audit import Act, Outcome, append, read
from factory.audit.proof import prove
from factory.core import keys
from factory.core.errors import BundleInvalid, KeyInvalid, LicenceError, StorageError
from factory.core.files import canonical_json, sha256_bytes, sha256_file
from factory.release import manifest, statements, verify, ziparchive
from factory.release.copied import COPY, PREDICATE
from factory.release.verify import release_subject
from factory.review.votes import Payload, Vote, signed

SLOW = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example copies the bundle anew
)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory) -> Made:
    made = make_run(tmp_path_factory.mktemp("sealed"))
    made.sealed()
    return made


@pytest.fixture
def bundle(sealed, tmp_path) -> Path:
    """A copy of a valid bundle."""
    return Path(shutil.copytree(sealed.bundle, tmp_path / "bundle"))


def paths(bundle: Path) -> list[str]:
    return sorted(p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file())


def refused(bundle: Path, made: Made, said: str | None = None) -> None:
    with pytest.raises(BundleInvalid, match=said):
        verify(bundle, made.run.people, TODAY)


# One byte


@SLOW
@given(st.data())
def test_no_byte_of_any_file_can_change(sealed, tmp_path, data):
    root = Path(shutil.copytree(sealed.bundle, tmp_path / "b", dirs_exist_ok=True))
    path = root / data.draw(st.sampled_from(paths(root)))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    refused(root, sealed)


@SLOW
@given(st.data())
def test_no_byte_can_be_added_to_or_taken_from_any_file(sealed, tmp_path, data):
    root = Path(shutil.copytree(sealed.bundle, tmp_path / "b", dirs_exist_ok=True))
    path = root / data.draw(st.sampled_from(paths(root)))
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content)))
    if data.draw(st.booleans()) and at < len(content):
        del content[at]
    else:
        content.insert(at, data.draw(st.sampled_from([0, 10, 32])))
    path.write_bytes(content)
    refused(root, sealed)


@SLOW
@given(st.data())
def test_no_byte_of_the_zip_can_change(sealed, tmp_path, data):
    content = bytearray(sealed.bundle_zip.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    (tmp_path / "b.zip").write_bytes(content)
    refused(tmp_path / "b.zip", sealed)


def test_no_byte_of_the_zips_own_structure_can_change(sealed, tmp_path):
    original = sealed.bundle_zip.read_bytes()
    with sealed.bundle_zip.open("rb") as handle:
        members = list(ziparchive.read(handle).values())
    first, end = members[0], members[-1].start + members[-1].size
    last = range(members[-1].header, members[-1].start)
    for at in (*range(first.start), *last, *range(end, end + 120), *range(len(original) - 22, len(original))):
        content = bytearray(original)
        content[at] ^= 1 << (at % 8)
        with pytest.raises(BundleInvalid):
            ziparchive.read(io.BytesIO(content))


def test_a_zip_cut_short_or_with_more_at_either_end_is_refused(sealed, tmp_path):
    original = sealed.bundle_zip.read_bytes()
    cuts = [original[:cut] for cut in (*range(0, len(original), 97), len(original) - 1)]
    path = tmp_path / "b.zip"
    for content in (*cuts, original + b"\0", b"\0" + original, original * 2):
        path.write_bytes(content)
        refused(path, sealed)


# Files


def test_each_file_dropped_renamed_or_emptied_is_named(sealed, bundle):
    for name in paths(bundle):
        path = bundle / name
        original = path.read_bytes()
        path.unlink()
        refused(bundle, sealed, name)
        path.with_name("other" + path.suffix).write_bytes(original)
        refused(bundle, sealed)
        path.with_name("other" + path.suffix).unlink()
        path.write_bytes(b"")
        refused(bundle, sealed)
        path.write_bytes(original)
    assert verify(bundle, sealed.run.people, TODAY)


@pytest.mark.parametrize("name", ["extra.txt", "data/raw.parquet", "votes/x.json", ".DS_Store", "Manifest.json"])
def test_an_extra_file_is_named(sealed, bundle, name):
    (bundle / name).write_bytes(b"x")
    refused(bundle, sealed, name)


def test_links_and_special_files_are_refused_and_empty_folders_are_not(sealed, bundle):
    (bundle / "empty").mkdir()
    assert verify(bundle, sealed.run.people, TODAY)
    original = bundle / "dossier.html"
    moved = bundle.parent / "dossier.html"
    original.rename(moved)
    original.symlink_to(moved)
    refused(bundle, sealed, "link or a special file")
    original.unlink()
    moved.rename(original)
    os.mkfifo(bundle / "pipe")
    refused(bundle, sealed, "'pipe' is a link or a special file")
    (bundle / "pipe").unlink()
    (bundle / "folder").symlink_to(bundle.parent)
    refused(bundle, sealed, "'folder' is a link")


def test_two_files_exchanged_are_refused(sealed, bundle):
    one, other = bundle / "data/patients.parquet", bundle / "data/stays.parquet"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    refused(bundle, sealed, "was altered")


# Signatures


def test_the_signature_of_another_bundle_is_refused(sealed, bundle, tmp_path):
    other = make_run(tmp_path, "other", title="Another")
    for name in ("release.dsse.json", "manifest.json"):
        copy = Path(shutil.copytree(bundle, tmp_path / name))
        copy.joinpath(name).write_bytes(
            (other.sealed() if name == "release.dsse.json" else other.bundle).joinpath(name).read_bytes()
        )
        refused(copy, sealed)


def test_a_key_you_do_not_trust_is_refused_even_under_a_trusted_name(sealed, bundle):
    data = (bundle / "manifest.json").read_bytes()
    (bundle / "release.dsse.json").write_bytes(sealing(data, keys.generate()))
    refused(bundle, sealed, "not among those you trust")


def test_a_trusted_key_of_the_wrong_role_is_refused(sealed, bundle):
    data = (bundle / "manifest.json").read_bytes()
    key = keys.load_private(sealed.key("Dr Wong"))
    (bundle / "release.dsse.json").write_bytes(sealing(data, key))
    refused(bundle, sealed, "not a release officer")


def test_a_vote_signature_is_none_over_a_bundle(sealed, bundle):
    data = (bundle / "manifest.json").read_bytes()
    key = keys.load_private(sealed.key(OFFICER))
    value = json.loads(sealing(data, key))
    value["signatures"][0]["sig"] = keys.sign(key, "vote", base64.b64decode(value["payload"]))
    (bundle / "release.dsse.json").write_bytes(canonical_json(value))
    refused(bundle, sealed, "not by the key you trust")


def test_people_of_another_hospital_do_not_verify_it(sealed, tmp_path):
    other = make_run(tmp_path)
    refused(sealed.bundle, other)


# A dishonest release officer, who can sign whatever is in the folder


def sealing(data: bytes, key) -> bytes:
    """The envelope that an officer with this key would make of a manifest, whatever it is."""
    try:
        value = json.loads(data)
        said = {name: value[name] for name in ("name", "version", "candidate", "licence")}
    except (ValueError, KeyError, TypeError):
        said = {}
    made = statements.statement({"manifest.json": sha256_bytes(data)}, manifest.PREDICATE, said)
    return statements.sign(made, key).data()


def reseal(made: Made, bundle: Path, signer: str = OFFICER, **changes: object) -> None:
    """Make manifest and signature anew over the files as they are now."""
    key = keys.load_private(made.key(signer))
    copy, _ = statements.open_envelope((bundle / COPY).read_bytes(), COPY, PREDICATE, BundleInvalid)
    (bundle / COPY).write_bytes(statements.sign(copy, key).data())
    names = [path for path in paths(bundle) if path not in ("manifest.json", "release.dsse.json")]
    value = json.loads((bundle / "manifest.json").read_bytes())
    value["files"] = {
        path: {"sha256": sha256_file(bundle / path), "bytes": (bundle / path).stat().st_size} for path in names
    }
    data = canonical_json({**value, **changes})
    (bundle / "manifest.json").write_bytes(data)
    (bundle / "release.dsse.json").write_bytes(sealing(data, key))


def put_votes(made: Made, bundle: Path, *votes: Vote) -> None:
    """Replace the votes, with a log that has them all."""
    shutil.rmtree(bundle / "votes")
    (bundle / "votes").mkdir()
    log = bundle.parent / "forged.jsonl"
    log.unlink(missing_ok=True)
    subjects = []
    for vote in votes:
        subjects.append(sha256_bytes(vote.data()))
        (bundle / "votes" / f"{subjects[-1]}.json").write_bytes(vote.data())
        append(log, vote.payload.name, Act.VOTE, subjects[-1], Outcome.DONE)
    sealed_by = json.loads((bundle / "manifest.json").read_bytes())
    subjects.append(release_subject(sealed_by["candidate"], sealed_by["licence"]))
    append(log, OFFICER, Act.RELEASE, subjects[-1], Outcome.BEGUN)
    proof = prove(read(log), set(subjects))
    (bundle / "audit.json").write_bytes(canonical_json(proof.model_dump(mode="json")))
    reseal(made, bundle)


def vote(made: Made, name: str, key: str = "", **changes: object) -> Vote:
    digest = sha256_bytes((made.run.candidate / "candidate.json").read_bytes())
    value = {
        "candidate": digest,
        "decision": "approve",
        "name": name,
        "accepted": [],
        "reason": "",
        "at": "2026-03-02T12:00:00Z",
        **changes,
    }
    payload = Payload.model_validate_json(canonical_json(value))
    return signed(payload, keys.load_private(made.key(key or name)))


def test_a_bundle_resealed_over_honest_votes_verifies(sealed, bundle):
    put_votes(sealed, bundle, vote(sealed, "Dr Wong"), vote(sealed, "Dr Ho"), vote(sealed, "Dr Lau"))
    assert len(verify(bundle, sealed.run.people, TODAY).approvals) == 3


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda m: [], "0 of the 2"),
        (lambda m: [vote(m, "Dr Wong")], "1 of the 2"),
        (lambda m: [vote(m, "Dr Wong"), vote(m, "Dr Wong", reason="again")], "votes twice"),
        (lambda m: [vote(m, "Dr Wong"), vote(m, "Dr Lau", key="Dr Wong")], "not by the key listed"),
        (lambda m: [vote(m, "Dr Wong"), vote(m, PRODUCER)], "does not count"),
        (lambda m: [vote(m, "Dr Wong"), vote(m, "Ms Lee")], "not a reviewer"),
        (lambda m: [vote(m, "Dr Wong"), vote(m, "Mallory", key="Dr Lau")], "not in the list"),
        (lambda m: [vote(m, "Dr Wong"), vote(m, "Dr Lau", candidate="0" * 64)], "on another candidate"),
        (lambda m: [vote(m, "Dr Wong"), vote(m, "Dr Lau", at="2026-04-01T00:00:00Z")], "was cast after"),
        (lambda m: [vote(m, "Dr Wong"), vote(m, "Dr Lau", accepted=["XX"])], "no shortfall"),
        (
            lambda m: [vote(m, "Dr Wong"), vote(m, "Dr Lau"), vote(m, "Dr Ho", decision="reject", reason="No.")],
            "Dr Ho did not approve",
        ),
    ],
)
def test_votes_that_do_not_approve_are_refused(sealed, bundle, make, said):
    put_votes(sealed, bundle, *make(sealed))
    refused(bundle, sealed, said)


def test_a_vote_replayed_from_another_run_is_refused(sealed, bundle, tmp_path):
    other = make_run(tmp_path, "other", title="Another")
    digest = sha256_bytes((other.run.candidate / "candidate.json").read_bytes())
    replayed = vote(sealed, "Dr Lau", candidate=digest)
    put_votes(sealed, bundle, vote(sealed, "Dr Wong"), replayed)
    refused(bundle, sealed, "on another candidate")


def test_one_key_under_two_names_is_refused_by_the_list_of_people(sealed, bundle, tmp_path):
    value = yaml.safe_load(sealed.run.people.read_text())
    of = {person["name"]: person for person in value["people"]}
    of["Dr Lau"]["public_key"] = of["Dr Wong"]["public_key"]
    (tmp_path / "people.yaml").write_text(yaml.safe_dump(value))
    with pytest.raises(KeyInvalid, match="same key"):
        verify(bundle, tmp_path / "people.yaml", TODAY)


def test_a_vote_that_is_not_in_the_log_is_refused(sealed, bundle):
    put_votes(sealed, bundle, vote(sealed, "Dr Wong"), vote(sealed, "Dr Lau"))
    third = vote(sealed, "Dr Ho").data()
    (bundle / "votes" / f"{sha256_bytes(third)}.json").write_bytes(third)
    reseal(sealed, bundle)
    refused(bundle, sealed, "by Dr Ho is not in the audit log")


def test_a_forged_proof_is_refused(sealed, bundle):
    path = bundle / "audit.json"
    value = json.loads(path.read_bytes())
    value["entries"][0]["entry"]["who"] = "Mallory"
    path.write_bytes(canonical_json(value))
    reseal(sealed, bundle)
    refused(bundle, sealed, "not in its tree")


def test_a_release_that_is_not_in_the_log_is_refused(sealed, bundle):
    value = json.loads((bundle / "audit.json").read_bytes())
    value["entries"] = [item for item in value["entries"] if item["entry"]["act"] != "release"]
    (bundle / "audit.json").write_bytes(canonical_json(value))
    reseal(sealed, bundle)
    refused(bundle, sealed, "release by Ms Lee is not in the audit log")


def test_a_file_no_reviewer_saw_is_refused(sealed, bundle):
    (bundle / "data" / "raw.parquet").write_bytes(b"x")
    reseal(sealed, bundle)
    refused(bundle, sealed, r"data/raw\.parquet is in the bundle, but no reviewer saw it")


def test_a_reviewed_file_replaced_or_left_out_is_refused(sealed, bundle):
    (bundle / "data" / "patients.parquet").write_bytes(b"x")
    reseal(sealed, bundle)
    refused(bundle, sealed, r"data/patients\.parquet is not the copy that copy\.dsse\.json speaks of")
    (bundle / "data" / "patients.parquet").unlink()
    reseal(sealed, bundle)
    refused(bundle, sealed, r"data/patients\.parquet was reviewed, and is not in the bundle")


@pytest.mark.parametrize(
    "changes",
    [{"name": "other"}, {"version": "2.0.0"}, {"producer": "Dr Ho"}, {"candidate": "0" * 64}, {"licence": "0" * 64}],
)
def test_a_manifest_that_says_otherwise_than_the_files_is_refused(sealed, bundle, changes):
    reseal(sealed, bundle, **changes)
    refused(bundle, sealed)


@pytest.mark.parametrize(
    "changes", [{"extra": 1}, {"format": 1}, {"files": {}}, {"files": {"../x": {"sha256": "0" * 64, "bytes": 1}}}]
)
def test_a_manifest_of_another_form_is_refused(sealed, bundle, changes):
    reseal(sealed, bundle, **changes)
    refused(bundle, sealed, r"manifest\.json")


def test_a_manifest_signed_in_another_spelling_is_refused(sealed, bundle):
    value = json.loads((bundle / "manifest.json").read_bytes())
    data = json.dumps(value, indent=1).encode()
    (bundle / "manifest.json").write_bytes(data)
    key = keys.load_private(sealed.key(OFFICER))
    (bundle / "release.dsse.json").write_bytes(sealing(data, key))
    refused(bundle, sealed, "not canonical")


def test_a_signature_file_in_another_spelling_is_refused(sealed, bundle):
    path = bundle / "release.dsse.json"
    for data in (path.read_bytes() + b" ", b"[" * 10**5, b"null", b"\xff", b""):
        path.write_bytes(data)
        refused(bundle, sealed, r"release\.dsse\.json")


def test_the_producer_as_release_officer_is_refused(sealed, bundle):
    reseal(sealed, bundle, signer=PRODUCER)
    refused(bundle, sealed, "who produced it")


@pytest.mark.parametrize("changes", [{"licensor": "Mallory"}, {"purposes": ["marketing"]}, {"onward_transfer": True}])
def test_a_licence_the_contract_does_not_allow_is_refused(sealed, bundle, changes):
    data = yaml.safe_dump(licence_value(**changes)).encode()
    (bundle / "licence.yaml").write_bytes(data)
    reseal(sealed, bundle, licence=sha256_bytes(data))
    refused(bundle, sealed, "licen")


# The licence's time


def test_an_expired_licence_is_said_apart_from_a_broken_bundle(sealed, bundle):
    for day in (TODAY.replace(year=2028), TODAY.replace(year=2020)):
        with pytest.raises(LicenceError):
            verify(bundle, sealed.run.people, day)
    (bundle / "dossier.html").write_bytes(b"")
    with pytest.raises(BundleInvalid):
        verify(bundle, sealed.run.people, TODAY.replace(year=2028))


# Archives made by others


def zip_of(bundle: Path, target: Path, method: int = zipfile.ZIP_STORED, more: dict[str, bytes] | None = None) -> Path:
    with zipfile.ZipFile(target, "w", method) as out:
        for path in paths(bundle):
            out.write(bundle / path, path)
        for name, data in (more or {}).items():
            out.writestr(name, data)
    return target


def test_the_same_files_packed_by_other_software_are_refused_with_a_way_out(sealed, bundle, tmp_path):
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with pytest.raises(BundleInvalid, match="verify the folder"):
            verify(zip_of(bundle, tmp_path / "b.zip", method), sealed.run.people, TODAY)


@pytest.mark.parametrize("name", ["../x", "/x", "C:\\x", "a/../../x", "x" * 500, "a\\b", ""])
def test_an_archive_with_a_name_that_leads_elsewhere_is_refused(sealed, tmp_path, name):
    path = tmp_path / "b.zip"
    raw, head = name.encode(), b"PK\x03\x04"
    fields = (head, 20, 0x0800, 0, 0, 0x21, 0, 0, 0, len(raw), 0)
    path.write_bytes(struct.pack("<4s5H3I2H", *fields) + raw)
    refused(path, sealed, "name that is absolute")


def test_an_archive_with_one_name_twice_or_out_of_order_is_refused(sealed, tmp_path):
    for name in "abc":
        (tmp_path / name).write_bytes(name.encode())
    for names, said in [("aa", "twice"), ("ba", "not in order")]:
        out = io.BytesIO()
        for name in names:
            part = io.BytesIO()
            ziparchive.write(part, tmp_path, [name])
            out.write(part.getvalue()[: 30 + 1 + 1])
        (tmp_path / "b.zip").write_bytes(out.getvalue())
        refused(tmp_path / "b.zip", sealed, said)


def test_an_encrypted_or_compressed_archive_is_refused(sealed, tmp_path):
    data = bytearray(sealed.bundle_zip.read_bytes())
    for at, value, said in [(6, 1, "encrypted"), (8, 8, "compressed")]:
        changed = bytearray(data)
        changed[at] |= value
        (tmp_path / "b.zip").write_bytes(changed)
        refused(tmp_path / "b.zip", sealed, said)


def test_a_zip_bomb_is_refused_without_unpacking_it(sealed, tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("audit.json", b"\0" * (64 << 20))
    refused(bomb, sealed, "compressed")


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"PK\x05\x06" + b"\0" * 18, b"\0" * 100, random.Random(1).randbytes(5000)]
)
def test_what_is_no_archive_is_refused(sealed, tmp_path, data):
    (tmp_path / "b.zip").write_bytes(data)
    refused(tmp_path / "b.zip", sealed)


def test_what_is_not_there_is_said(sealed, tmp_path):
    with pytest.raises(StorageError):
        verify(tmp_path / "absent", sealed.run.people, TODAY)
    with pytest.raises(StorageError):
        verify(sealed.bundle, tmp_path / "absent.yaml", TODAY)
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", sealed, r"release\.dsse\.json is missing")


# The process


def test_verification_loads_no_engine_and_no_data_frames(sealed):
    code = (
        "import sys, datetime\n"
        "from pathlib import Path\n"
        "from factory.release.verify import verify\n"
        f"verify(Path({str(sealed.bundle_zip)!r}), Path({str(sealed.run.people)!r}),"
        " datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC))\n"
        "heavy = {'sdv', 'torch', 'prefect', 'great_expectations', 'pandas', 'numpy', 'pyarrow', 'sklearn'}\n"
        "rooms = {f'factory.{room}' for room in ('intake', 'deid', 'synth', 'checks', 'line', 'contract', 'gates')}\n"
        "print(sorted((heavy | rooms) & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_leaves_with_60_and_names_the_file(sealed, bundle, factory):
    (bundle / "dossier.html").write_bytes(b"")
    done = factory("verify", bundle, "--trust", sealed.run.people)
    assert done.returncode == 60
    assert "dossier.html" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_leaves_with_65_when_the_licence_is_over(tmp_path, factory):
    made = make_run(tmp_path)
    made.licence.write_text(yaml.safe_dump(licence_value(expires="2026-03-02")))
    done = factory("verify", made.sealed(), "--trust", made.run.people)
    assert done.returncode == 65
    assert "expired on 2026-03-02" in done.stderr
