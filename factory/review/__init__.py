"""Two named people, neither of them the producer, read a candidate and sign what they decide."""

from factory.review.people import People, Person, Role, add_person, load_people
from factory.review.voting import Standing, approve, reject, show

__all__ = ["People", "Person", "Role", "Standing", "add_person", "approve", "load_people", "reject", "show"]
