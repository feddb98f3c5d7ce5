"""Who may vote and who may release: the list of people, roles, keys, and the producer kept apart."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from factory.core import keys
from factory.core.errors import FactoryError, KeyInvalid, ReviewError
from factory.review.candidate import Candidate
from factory.review.people import People, Person, Role, same_person


def check_owns_key(people: People, name: str, key: Ed25519PrivateKey) -> Person:
    """`name` is on the list and `key` is the one listed. Raises: ReviewError, KeyInvalid."""
    person = people.get(name)
    if person is None:
        raise ReviewError(f"{name} is not in people.yaml.", "Register with: factory keys new")
    if keys.public_text(key) != person.public_key:
        raise KeyInvalid(f"The key is not the one listed for {name}.", "Name your own key file with --key.")
    return person


def check_not_producer(candidate: Candidate, name: str) -> None:
    """Who produced a candidate takes no part in letting it out. Raises: ReviewError."""
    if same_person(name, candidate.producer):
        raise ReviewError(f"{name} produced this candidate.", "Somebody else has to do this.")


def check_producer(people: People, candidate: Candidate, error: type[FactoryError] = ReviewError) -> None:
    """The candidate's producer is on the list, under exactly that name and in that role, so that it can be told who
    takes no part. Raises: `error`.
    """
    person = people.get(candidate.producer)
    if person is None or Role.PRODUCER not in person.roles:
        raise error(
            f"{candidate.producer} produced this candidate and is no producer in the list of people.",
            "Produce it as somebody who is: factory produce --as NAME",
        )


def check_may_vote(people: People, candidate: Candidate, name: str, key: Ed25519PrivateKey) -> None:
    """A reviewer with the key listed, and not the producer. Raises: ReviewError, KeyInvalid."""
    _check_role(check_owns_key(people, name, key), Role.REVIEWER)
    check_producer(people, candidate)
    check_not_producer(candidate, name)


def may_vote(people: People, candidate: Candidate, name: str, key: Ed25519PrivateKey) -> bool:
    """True when `check_may_vote` does not raise."""
    try:
        check_may_vote(people, candidate, name, key)
    except ReviewError:
        return False
    return True


def check_may_release(people: People, candidate: Candidate, name: str, key: Ed25519PrivateKey) -> None:
    """A release officer with the key listed, and not the producer. Raises: ReviewError, KeyInvalid."""
    _check_role(check_owns_key(people, name, key), Role.RELEASE_OFFICER)
    check_not_producer(candidate, name)


def may_release(people: People, candidate: Candidate, name: str, key: Ed25519PrivateKey) -> bool:
    """True when `check_may_release` does not raise."""
    try:
        check_may_release(people, candidate, name, key)
    except ReviewError:
        return False
    return True


def _check_role(person: Person, role: Role) -> None:
    if role not in person.roles:
        raise ReviewError(f"{person.name} does not have the role {role}.", "See people.yaml for who has.")
