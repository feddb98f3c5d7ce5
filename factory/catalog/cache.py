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
from factory.catalog.config import NAME, VERSION, Access, alone, cache_folder
from factory.core.errors import BundleInvalid, CatalogueUnreachable, FactoryError, KeyInvalid, NotReady
from factory.core.files import atomic_path, canonical_json, sha256_bytes, sha256_file, storage_errors, write_bytes
from factory.release.contents import Contents, open_contents
from factory.release.expiry import DOSSIER, check_expiry
from factory.release.licence import Licence, check_in_force, check_purpose, parse_licence
from factory.release.offer import LICENCE
from factory.release.status import StatusList, check_standing, parse_status, read_status
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
    if not NAME.match(name) or (version and not VERSION.match(version)):
        raise NotReady("That is no name and version of a data set.", "Say NAME or NAME@1.0.0.")
    people = access.people
    try:
        offer = remote.offered(access.url, access.token, name, version, purpose)
    except CatalogueUnreachable:
        found = _newest(access, people, name, version, moment)
        if found is None:
            raise
        sha256, away = found, True
        notes = ["The catalogue does not answer: this is the copy that was pulled before."]
    else:
        sha256, away, notes = offer.sha256, False, []
        remote.fetch(access.url, access.token, name, offer, bundle_path(sha256), purpose, told)
        if offer.deprecated:
            after = "" if offer.deprecated == "yes" else f"; version {offer.deprecated} is newer"
            notes.append(f"This version is deprecated{after}.")
    contents = _proven(sha256, access.trust, people)
    candidate, licence = _checked(contents, access, name, version, purpose, moment)
    notes.extend(_standing(access.url, people, contents, moment, away=away))
    left = (licence.expires - moment.astimezone(dt.UTC).date()).days
    if left <= _OLD.days:
        notes.append(f"The licence {licence.id} ends on {licence.expires}, in {left} days.")
    return Pulled(bundle_path(sha256), sha256, contents, candidate, licence, tuple(notes))


def _checked(
    contents: Contents, access: Access, name: str, version: str, purpose: str, moment: dt.datetime
) -> tuple[Candidate, Licence]:
    """What a proven bundle holds is what was asked for, under the licence that was signed in with, and in force."""
    candidate = parse_candidate(contents.document(CANDIDATE), BundleInvalid)
    licence = parse_licence(contents.document(LICENCE), LICENCE, BundleInvalid)
    if candidate.name != name or version not in ("", candidate.version):
        raise BundleInvalid("The bundle that came holds another data set than was asked for.", "Tell its owner.")
    if access.licence and licence.id != access.licence:
        raise BundleInvalid(f"The bundle that came is not the copy of licence {access.licence}.", "Tell its owner.")
    check_in_force(licence, moment)
    check_purpose(licence, purpose)
    if DOSSIER in candidate.files:
        check_expiry(contents.document(DOSSIER), moment)
    return candidate, licence


def _standing(url: str, people: People, contents: Contents, moment: dt.datetime, *, away: bool) -> list[str]:
    """What has to be said of the list of what was taken back. Raises: Revoked."""
    status = asked_status(url, people)
    if status is None:
        return ["Whether it was taken back since is not known."] if away else []
    digests = [sha256_bytes(contents.document(path)) for path in (CANDIDATE, LICENCE)]
    found = check_standing(status, digests[0], digests[1], moment)
    if away or found.stale:
        return [f"It was not taken back as of {found.at}" + ("; that list is old." if found.stale else ".")]
    return []


def local(path: Path, trust: Path) -> Pulled:
    """A bundle that is a file or folder here, proven. Raises: as `verify`."""
    verified = verify(path, trust)
    manifest = sha256_bytes(verified.manifest.data())
    return Pulled(path, manifest, verified.contents, verified.candidate, verified.licence, ())


def bundle_path(sha256: str) -> Path:
    """Where a bundle lies in the cache."""
    return cache_folder() / "bundles" / f"{sha256}.zip"


def tables(bundle: Pulled) -> dict[str, Path]:
    """The bundle's tables as files of the cache, by name, each with the digest it has in the bundle.

    Raises: BundleInvalid, StorageError, DiskFull.
    """
    folder = cache_folder() / "tables" / bundle.sha256
    paths = bundle.candidate.tables()
    with alone(folder.with_suffix(".lock")):
        for name, path in paths.items():
            target = folder / f"{name}.parquet"
            with storage_errors(target):
                if target.is_file() and sha256_file(target) == bundle.contents.files[path].sha256:
                    continue
            with atomic_path(target) as part, part.open("wb") as out:
                bundle.contents.copy(path, out)
    return {name: folder / f"{name}.parquet" for name in paths}


def asked_status(url: str, people: People, *, must: bool = False) -> StatusList | None:
    """The catalogue's list now, kept for later; else the one kept; None where there is none that is trusted.

    Raises: BundleInvalid, KeyInvalid for a list that cannot be trusted, or that forgets; where it `must` be now,
    NotReady and CatalogueUnreachable too.
    """
    kept = status_path(url)
    with alone(kept.with_suffix(".lock")):
        before = _kept(kept, people)
        try:
            data = remote.get(url, "/api/v1/status")
        except (CatalogueUnreachable, NotReady):
            if must:
                raise
            return before
        made = parse_status(data, people)
        if before is not None:
            _check_later(before, made)
        write_bytes(kept, data)
    return made


def _kept(path: Path, people: People) -> StatusList | None:
    """The list in a file, where it is signed by somebody who is trusted still."""
    try:
        return read_status(path, people) if path.is_file() else None
    except (BundleInvalid, KeyInvalid):
        return None


def status_path(url: str) -> Path:
    """Where the last list of a catalogue lies."""
    host = urlsplit(url).netloc.replace(":", "_")
    return cache_folder() / "status" / f"{host}-{sha256_bytes(url.encode())[:12]}.json"


def _check_later(before: StatusList, after: StatusList) -> None:
    """What was taken back stays so, and the log only grows. Raises: BundleInvalid."""
    had = {(item.candidate, item.licence) for item in before.revoked}
    has = {(item.candidate, item.licence) for item in after.revoked}
    sizes = [int(made.checkpoint.partition(":")[0]) for made in (before, after)]
    if not had <= has or sizes[1] < sizes[0] or after.at < before.at:
        raise BundleInvalid(
            "The catalogue's list of what was taken back forgets what it said before.", "Tell the data's owner."
        )


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
        if sha256_file(path) != sha256:
            path.unlink(missing_ok=True)  # damaged here: the next pull begins anew
        raise
    write_bytes(mark, canonical_json(like))
    return contents


def _newest(access: Access, people: People, name: str, version: str, moment: dt.datetime) -> str | None:
    """The newest bundle of that name in the cache that could be used, under the licence that was signed in with."""
    found = []
    for mark in (cache_folder() / "verified").glob("*.json"):
        if not bundle_path(mark.stem).is_file():
            continue
        try:
            candidate, _ = _checked(_proven(mark.stem, access.trust, people), access, name, version, "", moment)
        except FactoryError:
            continue
        found.append((tuple(int(part) for part in candidate.version.split(".")), mark.stem))
    return max(found)[1] if found else None
