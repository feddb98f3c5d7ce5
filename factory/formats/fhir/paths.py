"""Where a value stands in a resource: `name[0].family`, `extension[url=http://...].valueCode`.

A step is a member of an object; `[0]` takes the first of a list, `[member=value]` the first that has that value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

_STEP = re.compile(r"([A-Za-z_]\w*)(?:\[([^\]]*)\])?(?:\.|$)")


@dataclass(frozen=True)
class Step:
    """One member; `listed` where it is a list, of which `where` (member, value) chooses an entry, or the first."""

    name: str
    listed: bool
    where: tuple[str, str] | None

    def enter(self, holder: Json) -> Json:
        """The object the step leads to, made where it is not there."""
        if not self.listed:
            made: Json = holder.setdefault(self.name, {})
            return made
        entries: list[Json] = holder.setdefault(self.name, [])
        if self.where is None:
            if not entries:
                entries.append({})
            return entries[0]
        member, value = self.where
        for entry in entries:
            if entry.get(member) == value:
                return entry
        entries.append({member: value})
        return entries[-1]


Path = tuple[Step, ...]


def parse(path: str) -> Path:
    """The steps of a path."""
    steps = []
    for name, inside in _STEP.findall(path):
        member, _, value = inside.partition("=")
        steps.append(Step(name, bool(inside), (member, value) if value else None))
    return tuple(steps)


def put(resource: Json, path: Path, value: Any) -> None:
    """Write a value into a resource; objects and lists on the way are made."""
    holder = resource
    for step in path[:-1]:
        holder = step.enter(holder)
    last = path[-1]
    holder[last.name] = [value] if last.listed else value
