"""One resource taken apart into a row and the rows of its parts; what has no column is counted by its path."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from factory.formats.fhir.paths import Json, Step, parse
from factory.formats.fhir.spec import Element, Kind, Part, Resource

Row = dict[str, Any]

_MEMBERS = frozenset(resources.files("factory.formats.fhir").joinpath("members.txt").read_text("utf-8").split())
"""Names that FHIR R4 gives members of the resources read here and of their data types."""
_MOST_WHOLE = 2**63
_REFERENCE = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_URN = re.compile(r"urn:(?:uuid|oid):([A-Za-z0-9\-.]{1,64})")
_TYPES: dict[Kind, tuple[type, ...]] = {Kind.NUMBER: (int, float), Kind.INTEGER: (int,), Kind.BOOLEAN: (bool,)}


class WrongShape(Exception):
    """An element that is not of the shape FHIR gives it; `args[0]` is its path, which holds no value."""


@dataclass
class Node:
    """What is known below a point of a resource: the column there, or the members that lead on."""

    element: Element | None = None
    members: dict[str, Branch] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)

    def add(self, path: tuple[Step, ...], element: Element) -> None:
        """Put an element at the end of a path."""
        if not path:
            self.element = element
            return
        branch = self.members.setdefault(path[0].name, Branch(path[0].listed))
        branch.next(path[0]).add(path[1:], element)


@dataclass
class Branch:
    """A member: one object or value, or a list of which entries are chosen; or a part with a table of its own."""

    listed: bool
    first: Node | None = None
    chosen: dict[tuple[str, str], Node] = field(default_factory=dict)
    part: Part | None = None

    def next(self, step: Step) -> Node:
        """The node a step leads to, made where it is not there."""
        if step.where is not None:
            return self.chosen.setdefault(step.where, Node(passed={step.where[0]}))
        if self.first is None:
            self.first = Node()
        return self.first


class Reader:
    """Takes resources of one type apart. `left_out` counts values without a column by their path."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.left_out: Counter[str] = Counter()
        self._root = Node(passed={"resourceType"})
        self._root.add(parse("id"), Element(resource.key, parse("id")))
        for element in resource.elements:
            self._root.add(element.path, element)
        self._parts: dict[str, Node] = {}
        for part in resource.parts:
            self._root.members[part.member] = Branch(True, part=part)
            node = self._parts[part.table] = Node()
            for element in part.elements:
                node.add(element.path, element)

    def take(self, resource: Json) -> tuple[Row, dict[str, list[Row]]]:
        """The row, and the rows of each part. Raises: WrongShape."""
        row: Row = {}
        parts: dict[str, list[Row]] = {part.table: [] for part in self.resource.parts}
        self._inside(self._root, resource, row, "", parts)
        if not isinstance(row.get(self.resource.key), str):
            raise WrongShape("id")
        for part in self.resource.parts:
            for number, entry in enumerate(parts[part.table], start=1):
                entry[self.resource.key] = row[self.resource.key]
                entry[part.key] = f"{row[self.resource.key]}.{number}"
        return row, parts

    def _inside(self, node: Node, holder: Json, row: Row, path: str, parts: dict[str, list[Row]]) -> None:
        for name, value in holder.items():
            if name in node.passed:
                continue
            branch = node.members.get(name)
            here = f"{path}.{_said(name)}" if path else _said(name)
            if branch is None:
                self._leave(value, here)
            elif branch.listed:
                if not isinstance(value, list):
                    raise WrongShape(here)
                self._entries(branch, value, row, here, parts)
            elif branch.first is not None:
                self._one(branch.first, value, row, here, parts)

    def _entries(self, branch: Branch, entries: list[Any], row: Row, path: str, parts: dict[str, list[Row]]) -> None:
        used: set[int] = set()
        for place, entry in enumerate(entries):
            if branch.part is not None:
                made: Row = {}
                self._one(self._parts[branch.part.table], entry, made, path, parts)
                parts[branch.part.table].append(made)
                continue
            node = branch.first if place == 0 else None
            if branch.chosen and isinstance(entry, dict):
                node = next((n for (member, v), n in branch.chosen.items() if entry.get(member) == v), node)
            if node is None or id(node) in used:
                self._leave(entry, path)
            else:
                used.add(id(node))
                self._one(node, entry, row, path, parts)

    def _one(self, node: Node, value: Any, row: Row, path: str, parts: dict[str, list[Row]]) -> None:
        element = node.element
        if element is not None and element.kind is not Kind.OPEN:
            made = self._value(element, value, path)
            if made is not None:
                row[element.column] = made
        elif isinstance(value, dict):
            self._inside(node, value, row, path, parts)
            if element is not None and "end" not in value:
                row[element.column] = True
        else:
            raise WrongShape(path)

    def _value(self, element: Element, value: Any, path: str) -> Any:
        allowed = _TYPES.get(element.kind, (str,))
        if not isinstance(value, allowed) or (isinstance(value, bool) and element.kind is not Kind.BOOLEAN):
            raise WrongShape(path)
        if not _can_be_kept(value):
            raise WrongShape(path)
        if element.kind is not Kind.REFERENCE:
            return value
        made = target(str(value), str(element.to))
        if made is None:
            self.left_out[f"{path} (contained, conditional or of another type)"] += 1
        return made

    def _leave(self, value: Any, path: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                self._leave(inner, f"{path}.{_said(name)}")
        elif isinstance(value, list):
            for inner in value:
                self._leave(inner, path)
        else:
            self.left_out[path] += 1


def target(reference: str, to: str) -> str | None:
    """Id of the resource of type `to` that a reference names: relative, absolute or by urn; else None."""
    if found := _REFERENCE.search(reference):
        whole = found.end() == len(reference)
        return found[2] if whole and found[1] == to else None
    if found := _URN.fullmatch(reference):
        return found[1]
    return None


def _said(name: str) -> str:
    """A member's name where it is FHIR's own. Any other may be anything, and is not repeated."""
    return name if name.removeprefix("_") in _MEMBERS else "?"


def _can_be_kept(value: Any) -> bool:
    """False for numbers beyond what a column holds, and for text with half of a surrogate pair."""
    if isinstance(value, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, int):
        return -_MOST_WHOLE <= value < _MOST_WHOLE
    return isinstance(value, bool) or math.isfinite(value)
