"""Proof that a bundle is what was reviewed, approved, licensed and sealed; offline, from its bytes alone.

Nothing in a bundle is believed because the bundle says so: keys and roles come from the list of people
the recipient got over another channel. Each check below names exactly what fails.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from factory.audit import Act, Outcome
from factory.audit.proof import Proof
from factory.core.documents import from_canonical
from factory.core.errors import BundleInvalid
from factory.core.files import canonical_json, sha256_bytes
from factory.release import copied, statements
from factory.release import manifest as sealed
from factory.release import offer as offers
from factory.release.contents import Contents, open_contents
from factory.release.expiry import DOSSIER, check_expiry
from factory.release.licence import Licence, check_grants, check_in_force, parse_licence
from factory.release.manifest import Manifest
from factory.release.offer import LICENCE, LICENCE_SIGNED, LICENCE_TEXTS
from factory.review.attestations import Attestation, check_answered, check_attestation, parse_attestation
from factory.review.candidate import CANDIDATE, Candidate, parse_candidate
from factory.review.people import People, Person, load_people, same_person
from factory.review.permissions import check_producer
from factory.review.policies import check_approved, check_dated_vote
from factory.review.votes import Vote, check_signature, moment, parse_vote


@dataclass(frozen=True)
class Verified:
    """A bundle that passed every check, and what it says."""

    contents: Contents
    manifest: Manifest
    candidate: Candidate
    licence: Licence
    copy: copied.Said
    signer: str
    licensor: str
    licensee: str
    approvals: tuple[str, ...]
    checkpoint: str
    room_checkpoint: str = ""


def verify(bundle: Path, trust: Path, now: dt.datetime | None = None) -> Verified:
    """Check a bundle, a folder or a ZIP file, against the keys in `trust`, a people.yaml.

    Raises: BundleInvalid with a sentence that names what fails, LicenceError when the bundle is sound but
    its licence is not in force or its evidence expired, KeyInvalid when `trust` is not a list of people, StorageError.
    """
    verified = verify_seal(bundle, load_people(trust))
    today = now or dt.datetime.now(dt.UTC)
    check_in_force(verified.licence, today)
    if DOSSIER in verified.candidate.files:
        check_expiry(verified.contents.document(DOSSIER), today)
    return verified


def verify_seal(bundle: Path, people: People) -> Verified:
    """All checks of `verify` but that the licence is in force. Raises: BundleInvalid, StorageError."""
    contents = open_contents(bundle)
    envelope = contents.document(sealed.SIGNATURE)
    data = contents.document(sealed.MANIFEST)
    signer = sealed.check_signature(data, envelope, people)
    manifest = from_canonical(data, Manifest, sealed.MANIFEST, BundleInvalid)
    _check_files(contents, manifest)
    candidate = _candidate(contents, manifest)
    copy = _copy(contents, manifest, candidate, people, signer)
    check_producer(people, candidate, BundleInvalid)
    if same_person(signer.name, candidate.producer):
        raise BundleInvalid(f"The bundle is signed by {signer.name}, who produced it.")
    votes = _votes(contents, people)
    answers = _attestations(contents, candidate, manifest.candidate, people)
    approvals = check_approved(candidate, manifest.candidate, votes.values(), answers.values(), BundleInvalid)
    licence, licensor, licensee = _licence(contents, manifest, candidate, people)
    proof = _proof(contents, manifest, votes, answers, signer.name)
    room = _check_room(contents, manifest, candidate, votes, answers)
    _check_order(room or proof, candidate, votes, answers)
    return Verified(
        contents=contents,
        manifest=manifest,
        candidate=candidate,
        licence=licence,
        copy=copy,
        signer=signer.name,
        licensor=licensor,
        licensee=licensee,
        approvals=approvals,
        checkpoint=f"{proof.size}:{proof.root}",
        room_checkpoint=f"{room.size}:{room.root}" if room else "",
    )


def release_subject(candidate: str, licence: str) -> str:
    """The digest a release is logged under: of this candidate, under this licence."""
    return sha256_bytes(canonical_json({"candidate": candidate, "licence": licence}))


def _check_files(contents: Contents, manifest: Manifest) -> None:
    found = set(contents.files) - {sealed.MANIFEST, sealed.SIGNATURE}
    if missing := sorted(set(manifest.files) - found):
        raise BundleInvalid(f"{missing[0]} is missing from the bundle.")
    if extra := sorted(found - set(manifest.files)):
        raise BundleInvalid(f"{extra[0]!r} is in the bundle but not in its manifest.")
    for path, entry in manifest.files.items():
        if contents.files[path] != entry:
            raise BundleInvalid(f"{path} was altered after the bundle was sealed.")


def _candidate(contents: Contents, manifest: Manifest) -> Candidate:
    data = contents.document(CANDIDATE)
    if sha256_bytes(data) != manifest.candidate:
        raise BundleInvalid(f"{CANDIDATE} is not the candidate the manifest names.")
    candidate = parse_candidate(data, BundleInvalid)
    if (candidate.name, candidate.version, candidate.producer) != (
        manifest.name,
        manifest.version,
        manifest.producer,
    ):
        raise BundleInvalid("The manifest gives the data another name, version or producer than the candidate.")
    marked = {copied.CROISSANT, *candidate.tables().values()}
    for path, entry in candidate.files.items():
        if path not in marked and manifest.files.get(path) != entry:
            raise BundleInvalid(f"{path} is not the file that was reviewed.")
        if path not in manifest.files:
            raise BundleInvalid(f"{path} was reviewed, and is not in the bundle.")
    for path in sorted(set(manifest.files) - set(candidate.files) - sealed.FIXED):
        if not path.startswith((sealed.VOTES, sealed.ATTESTATIONS)) and path != sealed.ROOM:
            raise BundleInvalid(f"{path} is in the bundle, but no reviewer saw it.")
    return candidate


def _copy(contents: Contents, manifest: Manifest, candidate: Candidate, people: People, signer: Person) -> copied.Said:
    """What was reviewed, with the licensee's marks in it, by word of the officer who sealed the bundle."""
    made, envelope = statements.open_envelope(
        contents.document(copied.COPY), copied.COPY, copied.PREDICATE, BundleInvalid
    )
    if sealed.officer(envelope, people, copied.COPY) != signer:
        raise BundleInvalid(f"{copied.COPY} is signed by another officer than the bundle.")
    digests = {path: entry.sha256 for path, entry in manifest.files.items()}
    said = copied.check_copy(made, candidate, digests, manifest.licence)
    if copied.CROISSANT in candidate.files:
        copied.check_croissant(contents.document(copied.CROISSANT), said, digests)
    return said


def _votes(contents: Contents, people: People) -> dict[str, Vote]:
    votes = {}
    for path in sorted(contents.files):
        if path.startswith(sealed.VOTES):
            name = path.removeprefix(sealed.VOTES)
            vote = parse_vote(contents.document(path), name, BundleInvalid)
            check_signature(vote, people, BundleInvalid)
            votes[name.removesuffix(".json")] = vote
    return votes


def _attestations(contents: Contents, candidate: Candidate, digest: str, people: People) -> dict[str, Attestation]:
    answers = {}
    for path in sorted(contents.files):
        if path.startswith(sealed.ATTESTATIONS):
            name = path.removeprefix(sealed.ATTESTATIONS)
            answer = parse_attestation(contents.document(path), name, BundleInvalid)
            check_attestation(answer, candidate, digest, people, BundleInvalid)
            answers[name.removesuffix(".json")] = answer
    return answers


def _licence(contents: Contents, manifest: Manifest, candidate: Candidate, people: People) -> tuple[Licence, str, str]:
    """The licence, who signed it for the licensor, and who for the licensee."""
    files = {path: contents.document(path) for path in (LICENCE, offers.LICENCE_ODRL, *LICENCE_TEXTS.values())}
    if sha256_bytes(files[LICENCE]) != manifest.licence:
        raise BundleInvalid(f"{LICENCE} is not the licence the manifest names.")
    licence = parse_licence(files[LICENCE], LICENCE, BundleInvalid)
    if licence.id != manifest.licence_id:
        raise BundleInvalid(f"{LICENCE} has another id than the manifest names.")
    check_grants(licence, candidate, BundleInvalid)
    made, envelope = statements.open_envelope(
        contents.document(LICENCE_SIGNED), LICENCE_SIGNED, offers.PREDICATE, BundleInvalid
    )
    if offers.check_statement(made, files, licence, BundleInvalid) != manifest.candidate:
        raise BundleInvalid("The licence was signed for other data than these.")
    licensor, licensee = offers.check_both(envelope, licence, people, BundleInvalid)
    return licence, licensor.name, licensee.name


def _proof(
    contents: Contents, manifest: Manifest, votes: dict[str, Vote], answers: dict[str, Attestation], signer: str
) -> Proof:
    proof = _logged(contents, sealed.AUDIT, votes, answers)
    entries = [item.entry for item in proof.entries]
    subject = release_subject(manifest.candidate, manifest.licence)
    if not any(entry.same_as(signer, Act.RELEASE, subject, Outcome.BEGUN) for entry in entries):
        raise BundleInvalid(f"The release by {signer} is not in the audit log.")
    return proof


def _check_room(
    contents: Contents,
    manifest: Manifest,
    candidate: Candidate,
    votes: dict[str, Vote],
    answers: dict[str, Attestation],
) -> Proof | None:
    """A review held in a room leaves proof that the room's own log holds all of it: submitted, voted on, approved.

    Whose log it is only a checkpoint tells that the recipient had over another channel.
    """
    if sealed.ROOM not in contents.files:
        return None
    proof = _logged(contents, sealed.ROOM, votes, answers)
    entries = [item.entry for item in proof.entries]
    if not any(entry.same_as(candidate.producer, Act.SUBMIT, manifest.candidate, Outcome.DONE) for entry in entries):
        raise BundleInvalid(f"The candidate was not submitted to the room of {sealed.ROOM} by its producer.")
    last = max((entry.number for entry in entries if entry.act is Act.VOTE), default=0)
    decided = [entry for entry in entries if entry.act is Act.DECIDE and entry.subject == manifest.candidate]
    if [entry.outcome for entry in decided] != [Outcome.APPROVED] or decided[0].number < last:
        raise BundleInvalid(f"The room of {sealed.ROOM} did not approve this candidate on these votes.")
    return proof


def _check_order(proof: Proof, candidate: Candidate, votes: dict[str, Vote], answers: dict[str, Attestation]) -> None:
    """Each vote rests on answers that the log holds before it, and is not dated back around one of them."""
    number = {item.entry.subject: item.entry.number for item in proof.entries}
    for digest, vote in votes.items():
        before = [answer for name, answer in answers.items() if number[name] < number[digest]]
        check_dated_vote(vote.payload, before, BundleInvalid)
        check_answered(candidate, before, moment(vote.payload.at), BundleInvalid)


def _logged(contents: Contents, path: str, votes: dict[str, Vote], answers: dict[str, Attestation]) -> Proof:
    proof = from_canonical(contents.document(path), Proof, path, BundleInvalid)
    if not proof.holds():
        raise BundleInvalid(f"{path} holds an entry that is not in its tree.")
    entries = [item.entry for item in proof.entries]
    for digest, vote in votes.items():
        if not any(entry.same_as(vote.payload.name, Act.VOTE, digest, Outcome.DONE) for entry in entries):
            raise BundleInvalid(f"The vote by {vote.payload.name} is not in the audit log.")
    for digest, answer in answers.items():
        if not any(entry.same_as(answer.payload.name, Act.ATTEST, digest, Outcome.DONE) for entry in entries):
            raise BundleInvalid(f"The answer by {answer.payload.name} is not in the audit log.")
    return proof
