"""What is other in a dossier than in that of the release before: verdicts, figures, policy, columns, engine, code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Any]
_ORDER = ("fail", "inconclusive", "needs attestation", "pass", "not applicable")


@dataclass(frozen=True)
class Change:
    """One difference. `section` is a message of the catalogue; `worse` is None where neither is better."""

    section: str
    what: str
    before: str
    after: str
    worse: bool | None = None


def diff(before: Facts, after: Facts) -> list[Change]:
    """Changes from one dossier.json to another, in the order of the dossier."""
    return [
        *_verdicts("Regime", "regime", before.get("regimes", []), after.get("regimes", [])),
        *_verdicts("Control", "id", before.get("controls", []), after.get("controls", [])),
        *_figures(before.get("measures", []), after.get("measures", [])),
        *_plain("Policy", before.get("policy", {}), after.get("policy", {})),
        *_plain("Statement", before.get("statement", {}), after.get("statement", {})),
        *_plain("Rows", _rows(before), _rows(after)),
        *_plain("Column", _columns(before), _columns(after)),
        *_plain("Question", _questions(before), _questions(after)),
        *_plain("Engine", _engine(before), _engine(after)),
        *_plain("Code", _code(before), _code(after)),
    ]


def step_of(before: Facts, after: Facts) -> str:
    """The part of a semantic version that should move: `major` where code that reads the older tables may fail.

    Source: Semantic Versioning 2.0.0, its interface being tables and columns as released.
    """
    old, new = _released(before), _released(after)
    if old - new:
        return "major"
    return "minor" if new - old else "patch"


def _released(facts: Facts) -> set[str]:
    return {f"{item['table']}.{name}" for item in facts.get("decisions", []) for name in item["released_as"]}


def _verdicts(section: str, key: str, before: list[Facts], after: list[Facts]) -> Iterator[Change]:
    old = {item[key]: item["verdict"] for item in before if isinstance(item, Mapping)}
    new = {item[key]: item["verdict"] for item in after if isinstance(item, Mapping)}
    for change in _plain(section, old, new):
        ranks = [_ORDER.index(said) for said in (change.before, change.after) if said in _ORDER]
        worse = ranks[1] < ranks[0] if len(ranks) == 2 else None
        yield Change(section, change.what, change.before, change.after, worse)


def _figures(before: list[Facts], after: list[Facts]) -> Iterator[Change]:
    """Figures that differ beyond both intervals, or in their outcome; the rest is what chance does."""
    old, new = ({(m["name"], m.get("where", "")): m for m in measures} for measures in (before, after))
    for key in sorted(set(old) | set(new)):
        one, other = old.get(key), new.get(key)
        if one is None or other is None:
            # A figure that is not there any more is worse than any value it had.
            there = other or one or {}
            was, now = (_said(measure) if measure else "–" for measure in (one, other))
            yield Change("Figure", _title(there), was, now, other is None)
            continue
        apart = _apart(one, other)
        if not apart and one.get("outcome") == other.get("outcome"):
            continue
        yield Change("Figure", _title(other), _said(one), _said(other), _worse(one, other) if apart else None)


def _title(measure: Facts) -> str:
    where = measure.get("where", "")
    return f"{measure['title']} ({where})" if where else str(measure["title"])


def _apart(one: Facts, other: Facts) -> bool:
    ends = [float(end) for side in (one, other) for end in (side.get("low"), side.get("high")) if end is not None]
    if len(ends) < 4:
        return False
    return ends[1] < ends[2] or ends[3] < ends[0]


def _worse(one: Facts, other: Facts) -> bool:
    return bool((other["value"] > one["value"]) == (other["direction"] == "at most"))


def _said(measure: Facts) -> str:
    if measure.get("value") is None:
        return "–"
    interval = "" if measure.get("low") is None else f" ({measure['low']:.3f}–{measure['high']:.3f})"
    return f"{measure['value']:.3f}{interval}"


def _plain(section: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for what in sorted(set(before) | set(after)):
        old, new = before.get(what, "–"), after.get(what, "–")
        if old != new:
            yield Change(section, str(what), str(old), str(new))


def _rows(facts: Facts) -> dict[str, str]:
    return {name: f"{table['rows']:,}" for name, table in facts.get("tables", {}).items()}


def _columns(facts: Facts) -> dict[str, str]:
    return {
        f"{item['table']}.{item['column']}": f"{item['operator']}: {', '.join(item['released_as']) or '–'}"
        for item in facts.get("decisions", [])
    }


def _questions(facts: Facts) -> dict[str, str]:
    return {item["control"]: item["sentence"] for item in facts.get("questions", [])}


def _engine(facts: Facts) -> dict[str, str]:
    engine = facts.get("engine", {})
    return {name: str(engine[name]) for name in ("name", "version", "licence") if name in engine}


def _code(facts: Facts) -> dict[str, str]:
    code = facts.get("code", {})
    return {
        "version": str(code.get("version", "–")),
        "digest": str(code.get("digest", "–"))[:12],
        **code.get("tools", {}),
    }
