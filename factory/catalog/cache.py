"""Bundles that were pulled, each under its digest, verified before first use.

CACHE/
  bundles/<sha256>.zip        as it came; .part while it comes
  verified/<sha256>.json      under which keys it was proven, and what the file was like then
  tables/<sha256>/*.parquet   taken out of it, for what reads files
  status/<host>.json          the last list of what was taken back
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from factory.catalog import remote
from factory.catalog.config import Access, cache_folder
from factory.core.errors import BundleInvalid, CatalogueUnreachable, FactoryError, NotReady
from factory.core.files import atomic_folder, canonical_json, sha256_bytes, storage_errors, write_bytes
from factory.release.contents import Contents, open_contents
from factory.release.expiry import DOSSIER, check_expiry
from factory.release.licence import Licence, check_in_force, parse_licence
from factory.release.offer import LICENCE
from factory.release.status import Standing, StatusList, check_standing, parse_status, read_status
from factory.release.verify import verify
from factory.review.candidate import CANDIDATE, Candidate, parse_candidate
from factory.review.people import People

_OLD = dt.timedelta(days=30)
"""How long ahead a licence's end is announced."""
Told = remote.Told


@dataclass(frozen=True)
class Pulled:
    """A bundle in the cache that was proven, its licence and candidate, and what has to be said beside."""

    path: Path
    sha256: str
    contents: Contents
    candidate: Candidate
    licence: Licence
    notes: tuple[str, ...]


def pulled(
    access: Access, name: str, version: str = "", purpose: str = "", told: Told | None = None,
    now: dt.datetime | None = None,
) -> Pulled:  # fmt: skip
    """The bundle of a data set, from the cache or the catalogue, proven under the trusted keys.

    Where the catalogue does not answer, the newest bundle of that name in the cache is taken, and that is said.

    Raises: what the catalogue says (NotReady, TokenRefused, Revoked, LicenceExpired, WrongPurpose), BundleInvalid,
    LicenceError, KeyInvalid, CatalogueUnreachable, StorageError, DiskFull.
    """
    moment = now or dt.datetime.now(dt.UTC)
    people, notes = access.people, []
    try:
        offer = remote.offered(access.url, access.token, name, version, purpose)
    except CatalogueUnreachable:
        kept = _newest(name, version)
        if kept is None:
            raise
        sha256 = kept
        notes.append("The catalogue does not answer: this is the copy that was pulled before.")
    else:
        sha256 = offer.sha256
        remote.fetch(access.url, access.token, name, offer, bundle_path(sha256), purpose, told)
        if offer.deprecated:
            after = "" if offer.deprecated == "yes" else f"; version {offer.deprecated} is newer"
            notes.append(f"This version is deprecated{after}.")
    contents = _proven(sha256, access.trust, people)
    candidate, data = parse_candidate(contents.document(CANDIDATE), BundleInvalid), contents.document(LICENCE)
    if candidate.name != name or version not in ("", candidate.version):
        raise BundleInvalid("The bundle that came holds another data set than was asked for.", "Tell its owner.")
    licence = parse_licence(data, LICENCE, BundleInvalid)
    check_in_force(licence, moment)
    if DOSSIER in candidate.files:
        check_expiry(contents.document(DOSSIER), moment)
    standing = asked_status(access.url, people)
    if standing is not None:
        found = check_standing(standing, sha256_bytes(contents.document(CANDIDATE)), sha256_bytes(data), moment)
        notes.extend(_said(found))
    left = (licence.expires - moment.astimezone(dt.UTC).date()).days
    if left <= _OLD.days:
        notes.append(f"The licence {licence.id} ends on {licence.expires}, in {left} days.")
    return Pulled(bundle_path(sha256), sha256, contents, candidate, licence, tuple(notes))


def local(path: Path, trust: Path) -> Pulled:
    """A bundle that is a file or folder here, proven. Raises: as `verify`."""
    verified = verify(path, trust)
    manifest = sha256_bytes(verified.manifest.data())
    return Pulled(path, manifest, verified.contents, verified.candidate, verified.licence, ())


def bundle_path(sha256: str) -> Path:
    """Where a bundle lies in the cache."""
    return cache_folder() / "bundles" / f"{sha256}.zip"


def tables(bundle: Pulled) -> dict[str, Path]:
    """The bundle's tables as files of the cache, by name. Raises: BundleInvalid, StorageError, DiskFull."""
    folder = cache_folder() / "tables" / bundle.sha256
    paths = bundle.candidate.tables()
    if not folder.is_dir():
        with atomic_folder(folder) as part:
            for name, path in paths.items():
                with (part / f"{name}.parquet").open("wb") as out:
                    bundle.contents.copy(path, out)
    return {name: folder / f"{name}.parquet" for name in paths}


def asked_status(url: str, people: People, *, must: bool = False) -> StatusList | None:
    """The catalogue's list now, kept for later; else the one kept; None where there never was one.

    Raises: BundleInvalid, KeyInvalid for a list that cannot be trusted; where it `must` be now, NotReady and
    CatalogueUnreachable too.
    """
    kept = status_path(url)
    try:
        data = remote.get(url, "/api/v1/status")
    except (CatalogueUnreachable, NotReady):
        if must:
            raise
        return read_status(kept, people) if kept.is_file() else None
    made = parse_status(data, people)
    if kept.is_file():
        _check_later(read_status(kept, people), made)
    write_bytes(kept, data)
    return made


def status_path(url: str) -> Path:
    """Where the last list of a catalogue lies."""
    host = urlsplit(url).netloc.replace(":", "_")
    return cache_folder() / "status" / f"{host}-{sha256_bytes(url.encode())[:12]}.json"


def _check_later(before: StatusList, after: StatusList) -> None:
    """What was taken back stays so, and the log only grows. Raises: BundleInvalid."""
    had = {(item.candidate, item.licence) for item in before.revoked}
    has = {(item.candidate, item.licence) for item in after.revoked}
    sizes = [int(made.checkpoint.partition(":")[0]) for made in (before, after)]
    if not had <= has or sizes[1] < sizes[0]:
        raise BundleInvalid(
            "The catalogue's list of what was taken back forgets what it said before.", "Tell the data's owner."
        )


def _said(found: Standing) -> list[str]:
    notes = []
    if found.stale:
        notes.append(f"The list of what was taken back is of {found.at[:10]}: ask the catalogue again.")
    return notes


def _proven(sha256: str, trust: Path, people: People) -> Contents:
    """The bundle's files, verified under these keys now, or before and not touched since."""
    path = bundle_path(sha256)
    mark = cache_folder() / "verified" / f"{sha256}.json"
    with storage_errors(path):
        stat = path.stat()
    like = {
        "bytes": stat.st_size,
        "inode": stat.st_ino,
        "changed": stat.st_mtime_ns,
        "keys": sha256_bytes(canonical_json(people.model_dump(mode="json"))),
    }
    if mark.is_file() and mark.read_bytes() == canonical_json(like):
        return open_contents(path)
    try:
        contents = verify(path, trust).contents
    except BundleInvalid:
        path.unlink(missing_ok=True)  # not kept: the next pull begins anew
        raise
    write_bytes(mark, canonical_json(like))
    return contents


def _newest(name: str, version: str) -> str | None:
    """The newest verified bundle of that name in the cache."""
    found = []
    for mark in (cache_folder() / "verified").glob("*.json"):
        path = bundle_path(mark.stem)
        if not path.is_file():
            continue
        try:
            candidate = parse_candidate(open_contents(path).document(CANDIDATE), BundleInvalid)
        except FactoryError:
            continue
        if candidate.name == name and version in ("", candidate.version):
            found.append((tuple(int(part) for part in candidate.version.split(".")), mark.stem))
    return max(found)[1] if found else None
