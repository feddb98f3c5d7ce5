"""The dossier as one HTML file that opens offline: no script, no link, no font from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from factory.evidence.pictures import bars, interval

_MOST_PICTURES = 12
_WORDS = {
    "pass": "passes its gates",
    "pass-with-shortfalls": "passes with shortfalls that each reviewer must accept by name",
    "fail": "fails its gates and may not be released",
}


def templates(folder: Path) -> Environment:
    """Templates of a folder: all that is put in is escaped, and a name that is not there is an error."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def dossier_html(facts: dict[str, Any]) -> bytes:
    """Render the dossier. The same facts give the same bytes."""
    environment = templates(Path(__file__).parent / "templates")
    page = environment.get_template("dossier.html.j2").render(
        facts=facts,
        said=_WORDS[facts["verdict"]],
        intervals={m["name"]: Markup(interval(m)) for m in facts["measures"] if m["bearing"] != "diagnostic"},  # noqa: S704 - every label in it is escaped
        pictures=[Markup(bars(name, rows)) for name, rows in worst(facts)],  # noqa: S704 - as above
        gates=_tally(facts["gates"]),
    )
    return page.encode("utf-8")


def worst(facts: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Marginals of the columns that fit least, worst first."""
    scores = {
        f"{table}.{column}": score
        for table, quality in facts["quality"].items()
        for column, score in quality["columns"].items()
    }
    names = sorted(
        (name for name, rows in facts["marginals"].items() if rows),
        key=lambda name: (scores.get(name, 1.0), name),
    )
    return [(name, facts["marginals"][name]) for name in names[:_MOST_PICTURES]]


def _tally(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for result in results:
        row = made.setdefault(
            (result["suite"], result["control"]),
            {"suite": result["suite"], "control": result["control"], "met": 0, "all": 0},
        )
        row["all"] += 1
        row["met"] += int(result["success"])
    return list(made.values())
