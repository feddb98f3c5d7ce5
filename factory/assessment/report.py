"""The report as one HTML file that opens offline: verdict first, then every measure, then the plots."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from factory.assessment.figures import figures
from factory.evidence.html import templates

_SAID = {
    "pass": "passes: every gate holds with its whole interval",
    "fail": "fails",
    "inconclusive": "is inconclusive, which is not a pass",
}
SYMBOLS = {"pass": "✔", "fail": "✖", "inconclusive": "?", "reported": "·"}
_WORDS = {"pass": "pass", "fail": "fail", "inconclusive": "inconclusive", "reported": "diagnostic"}
_QUIET = "no alarm"
GROUPS = {"privacy": "Privacy", "fidelity": "Fidelity", "utility": "Utility"}


def page(facts: dict[str, Any]) -> bytes:
    """Render the report of `Assessment.as_json()`. The same facts give the same bytes."""
    environment = templates(Path(__file__).parent / "templates")
    environment.filters.update(figure=figure, word=word, span=span)
    citations = dict.fromkeys(m["citation"] for m in facts["measures"])
    rendered = environment.get_template("assessment.html.j2").render(
        facts=facts,
        said=_SAID[facts["verdict"]],
        symbols=SYMBOLS,
        sections=_sections(facts),
        methods={citation: place for place, citation in enumerate(citations, start=1)},
        decisive=_decisive(facts),
    )
    return rendered.lstrip().encode("utf-8")


def _sections(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Privacy, fidelity and utility: what is judged, what is only shown, and what the plots draw."""
    drawn = figures(facts)
    made = []
    for group, said in GROUPS.items():
        measures = [m for m in facts["measures"] if m["group"] == group]
        shown = [m for m in measures if m["outcome"] == "reported"]
        if measures:
            made.append(
                {
                    "group": group,
                    "said": said,
                    "judged": sorted((m for m in measures if m not in shown), key=_urgency),
                    "shown": shown,
                    "attacks": _attacks(facts) if group == "privacy" else [],
                    "controlled": _controlled(facts) if group == "privacy" else [],
                    "giveaways": _giveaways(facts) if group == "fidelity" else [],
                    "plots": [Markup(svg) for svg in drawn[group]],  # noqa: S704 - every label in it is escaped
                }
            )
    return made


def _urgency(measure: dict[str, Any]) -> tuple[int, int]:
    """Failures first, then what is inconclusive, gates before alarms; else as measured."""
    order = ("fail", "inconclusive", "pass")
    quiet = measure["bearing"] == "alarm" and measure["outcome"] != "fail"
    return (len(order) if quiet else order.index(measure["outcome"])), int(measure["bearing"] != "gate")


def _attacks(facts: dict[str, Any]) -> list[dict[str, Any]]:
    found = facts["details"].get("membership", {}).get("attacks", [])
    keys = ("attack", "view", "auc", "low", "high", "tpr_1", "tpr_10")
    return [{key: row.get(key) for key in keys} for row in found]


def _controlled(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Singling out, linkability and inference: main attack against control, as difference and as odds."""
    found = facts["details"].get("wp216", {}).get("attacks", {})
    keys = ("where", "people", "success", "control", "difference", "odds_ratio")
    return [
        {"attack": name.replace("_", " "), **{key: row.get(key) for key in keys}}
        for name, rows in found.items()
        for row in rows
    ]


def _giveaways(facts: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = facts["details"].get("fidelity", {}).get("c2st", {})
    made = []
    for where, told in found.items():
        columns = ", ".join(f"{name} ({lost:.3f})" for name, lost in told.get("columns", {}).items())
        signs = ", ".join(
            f"{one['column']} {one['sign']} in {one['share']:.0%} (usually {one['usual']:.0%})"
            for one in told.get("recognised", [])
        )
        if columns or signs:
            made.append((where, columns, signs))
    return made


def _decisive(facts: dict[str, Any]) -> list[dict[str, Any]]:
    named = [(item["name"], item["where"]) for item in facts["because"]]
    return [m for m in facts["measures"] if (m["name"], m["where"]) in named]


def figure(value: float | None) -> str:
    """A number with the digits that mean something; a dash where there is none."""
    if value is None:
        return "–"
    if value == round(value) and abs(value) >= 1:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 100 else f"{value:,.1f}"


def span(value: list[float | None] | None) -> str:
    """A figure with its interval: value, lower and upper end."""
    if not value or value[0] is None:
        return "–"
    return f"{figure(value[0])} ({figure(value[1])} to {figure(value[2])})"


def word(measure: dict[str, Any]) -> str:
    """The outcome in a word; an alarm that does not go off clears nobody."""
    if measure["bearing"] == "alarm" and measure["outcome"] != "fail":
        return _QUIET
    return _WORDS[measure["outcome"]]
