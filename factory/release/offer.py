"""Offering a licence and accepting it: two signatures over the same bytes, made on two sides of a border.

OFFER/
  licence.yaml             the terms, which bind
  licence.txt              as people read them, in English; licence.zh-Hant.txt and licence.zh-Hans.txt in Chinese
  licence.jsonld           as machines read them: an ODRL agreement
  licence.dsse.json        an in-toto Statement on all of these and on the candidate, signed by licensor and licensee
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from factory.core import keys
from factory.core.documents import LARGEST_YAML, read_capped
from factory.core.errors import FactoryError, KeyInvalid, LicenceError, StorageError
from factory.core.files import atomic_folder, check_free, sha256_bytes, write_bytes
from factory.release import odrl, statements
from factory.release.licence import Licence, check_grants, check_not_expired, load_licence, parse_licence
from factory.release.licence_text import render
from factory.release.statements import Envelope, Statement
from factory.review.candidate import CANDIDATE, Candidate
from factory.review.people import People, Person, Role, same_person

LICENCE = "licence.yaml"
LICENCE_ODRL = "licence.jsonld"
LICENCE_SIGNED = "licence.dsse.json"
LICENCE_TEXTS = {"en": "licence.txt", "zh-Hant": "licence.zh-Hant.txt", "zh-Hans": "licence.zh-Hans.txt"}
PREDICATE = "urn:clinical-data-factory:licence:1"
_DOCUMENTS = (LICENCE, LICENCE_ODRL, *LICENCE_TEXTS.values())


@dataclass(frozen=True)
class Offer:
    """The documents of an offer by name, its terms, the envelope over them, and the digest of the data's candidate."""

    licence: Licence
    files: dict[str, bytes]
    envelope: Envelope
    candidate: str

    @property
    def digest(self) -> str:
        """The licence's digest: that of licence.yaml."""
        return sha256_bytes(self.files[LICENCE])


def offer(candidate: Candidate, digest: str, people: People, licence: Path, name: str, key: Path, out: Path) -> Offer:
    """Make an offer on a candidate's data, signed by the licensor.

    Raises: LicenceError, KeyInvalid, OutputExists, StorageError, DiskFull.
    """
    terms, data = load_licence(licence)
    check_grants(terms, candidate, LicenceError)
    private = keys.load_private(key)
    _check_key(people, name, private, Role.LICENSOR)
    check_free(out)
    files = documents(terms, data, candidate, digest)
    made = Offer(terms, files, statements.sign(_statement(terms, files, digest), private), digest)
    with atomic_folder(out) as folder:
        for path, content in {**files, LICENCE_SIGNED: made.envelope.data()}.items():
            (folder / path).write_bytes(content)
    return made


def accept(folder: Path, people: People, name: str, key: Path, now: dt.datetime | None = None) -> Offer:
    """Add the licensee's signature to an offer whose licensor's key is in `people`. Again, it changes nothing.

    Raises: LicenceError when the offer is not whole, not the licensor's, not to `name` or has expired; KeyInvalid,
    StorageError, DiskFull.
    """
    made = load_offer(folder)
    _check_signed(made.envelope, people, {Role.LICENSOR}, LicenceError)
    if not same_person(name, made.licence.licensee.name):
        raise LicenceError(f"The licence is offered to {made.licence.licensee.name}.", "Only they can accept it.")
    check_not_expired(made.licence, now or dt.datetime.now(dt.UTC))
    private = keys.load_private(key)
    _check_key(people, made.licence.licensee.name, private, Role.LICENSEE)
    signed = Offer(made.licence, made.files, made.envelope.signed(private), made.candidate)
    write_bytes(folder / LICENCE_SIGNED, signed.envelope.data())
    return signed


def load_offer(folder: Path) -> Offer:
    """An offer whose documents are those its statement names. Raises: LicenceError, StorageError."""
    if not folder.exists():
        raise StorageError(f"{folder} is not there.", "Name the folder of a licence that both sides signed.")
    if not (folder / LICENCE_SIGNED).is_file():
        raise LicenceError(
            f"{folder} holds no signed licence.", "Licensor: factory licence offer; licensee: factory licence accept"
        )
    files = {name: read_capped(folder / name, LARGEST_YAML) for name in _DOCUMENTS}
    made, envelope = statements.open_envelope(
        read_capped(folder / LICENCE_SIGNED), LICENCE_SIGNED, PREDICATE, LicenceError
    )
    licence = parse_licence(files[LICENCE], LICENCE, LicenceError)
    candidate = check_statement(made, files, licence, LicenceError)
    return Offer(licence, files, envelope, candidate)


def documents(licence: Licence, data: bytes, candidate: Candidate, digest: str) -> dict[str, bytes]:
    """The licence in all its forms, by file name."""
    title = f"{candidate.name} {candidate.version}"
    texts = {
        name: render(licence, candidate.title, title, digest, language).encode("utf-8")
        for language, name in LICENCE_TEXTS.items()
    }
    return {LICENCE: data, LICENCE_ODRL: odrl.agreement(licence, digest), **texts}


def check_statement(made: Statement, files: dict[str, bytes], licence: Licence, error: type[FactoryError]) -> str:
    """The statement speaks of just these documents and says of whom; returns the candidate it is about.

    Raises: `error`.
    """
    spoken = dict(made.digests)
    candidate = spoken.pop(CANDIDATE, "")
    if not candidate or spoken.keys() != set(_DOCUMENTS):
        raise error(f"{LICENCE_SIGNED} does not speak of the licence's documents.")
    for name, digest in spoken.items():
        if sha256_bytes(files[name]) != digest:
            raise error(f"{name} is not the one that was signed.")
    if made.predicate != _predicate(licence):
        raise error(f"{LICENCE_SIGNED} names other parties than {LICENCE}.")
    return candidate


def check_both(
    envelope: Envelope, licence: Licence, people: People, error: type[FactoryError]
) -> tuple[Person, Person]:
    """Licensor and licensee, who both signed, nobody else. Raises: `error`."""
    found = _check_signed(envelope, people, {Role.LICENSOR, Role.LICENSEE}, error)
    if not same_person(found[Role.LICENSEE].name, licence.licensee.name):
        raise error(f"The licence is to {licence.licensee.name}, but {found[Role.LICENSEE].name} signed it.")
    return found[Role.LICENSOR], found[Role.LICENSEE]


def _check_signed(
    envelope: Envelope, people: People, wanted: set[Role], error: type[FactoryError]
) -> dict[Role, Person]:
    found: dict[Role, Person] = {}
    for person in statements.signers(envelope, people, LICENCE_SIGNED, error):
        role = next((role for role in (Role.LICENSOR, Role.LICENSEE) if role in person.roles), None)
        if role is None or role in found:
            raise error(f"{person.name} signed the licence, and is neither its licensor nor its licensee.")
        found[role] = person
    for missing in sorted(wanted - found.keys()):
        verb = "offer" if missing is Role.LICENSOR else "accept"
        raise error(f"The {missing} has not signed the licence.", f"They do with: factory licence {verb}")
    return found


def _check_key(people: People, name: str, key: Ed25519PrivateKey, role: Role) -> Person:
    person = people.get(name)
    if person is None or role not in person.roles:
        raise KeyInvalid(f"{name} is not registered as {role}.", "Register with: factory keys new --role " + role)
    if person.public_key != keys.public_text(key):
        raise KeyInvalid(f"The key is not the one registered for {name}.", "Name that key with --key.")
    return person


def _statement(licence: Licence, files: dict[str, bytes], candidate: str) -> Statement:
    subjects = {name: sha256_bytes(data) for name, data in files.items()}
    return statements.statement({**subjects, CANDIDATE: candidate}, PREDICATE, _predicate(licence))


def _predicate(licence: Licence) -> dict[str, str]:
    return {"id": licence.id, "licensor": licence.licensor, "licensee": licence.licensee.name}
