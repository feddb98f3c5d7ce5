"""Pictures as inline SVG: readable in print, without colour, and without any file beside the page."""

from __future__ import annotations

from html import escape
from typing import Any

from factory.evidence.plots.svg import ENGLISH, short
from factory.words import Words

_WIDTH = 460
_BAR = 11
_GAP = 8
_LABEL = 130


def bars(title: str, rows: list[dict[str, Any]], say: Words = ENGLISH) -> str:
    """Share of each value in training (solid) and synthetic rows (outlined); shares in [0, 1].

    Labels are values of the data and stand as they are, but for what a range of numbers is called.
    """
    height = 34 + len(rows) * (2 * _BAR + _GAP)
    widest = max([row[key] for row in rows for key in ("real", "synthetic")] or [1]) or 1
    scale = (_WIDTH - _LABEL - 50) / widest
    parts = [_open(height, title), f'<text x="0" y="14" class="t">{escape(short(title, 70))}</text>']
    for number, row in enumerate(rows):
        y = 26 + number * (2 * _BAR + _GAP)
        label = escape(range_label(row["label"], say)[:22])
        parts.append(f'<text x="{_LABEL - 6}" y="{y + _BAR + 3}" text-anchor="end">{label}</text>')
        for offset, key in ((0, "real"), (_BAR, "synthetic")):
            length = row[key] * scale
            parts.append(
                f'<rect x="{_LABEL}" y="{y + offset}" width="{length:.1f}" height="{_BAR - 1}" class="{key}"/>'
            )
            parts.append(f'<text x="{_LABEL + length + 4:.1f}" y="{y + offset + 9}" class="v">{row[key]:.1%}</text>')
    return "".join([*parts, "</svg>"])


def range_label(label: str, say: Words) -> str:
    """`up to 2`, `2 to 5`, `over 5` in the language of `say`; anything else as it is."""
    low, to, high = label.partition(" to ")
    if label.startswith("up to "):
        return say("up to {high}", high=label.removeprefix("up to "))
    if label.startswith("over "):
        return say("over {low}", low=label.removeprefix("over "))
    return say("{low} to {high}", low=low, high=high) if to and _is_number(low) and _is_number(high) else label


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def interval(measure: dict[str, Any], title: str = "", say: Words = ENGLISH) -> str:
    """A measure's value and 95% interval beside its threshold, on a line of its own scale."""
    ends: list[float | None] = [measure["value"], measure["threshold"], measure["low"], measure["high"]]
    known = [end for end in ends if end is not None]
    low, high = min(known), max(known)
    margin = (high - low) * 0.15 or 0.1
    low, high = low - margin, high + margin

    def at(value: float) -> float:
        return 10.0 + (value - low) / (high - low) * (_WIDTH - 20)

    limit = at(measure["threshold"])
    anchor = "start" if limit < _WIDTH / 4 else "end" if limit > _WIDTH * 3 / 4 else "middle"
    asked = say("at most") if measure["direction"] == "at most" else say("at least")
    parts = [
        _open(44, title or measure["title"]),
        f'<line x1="10" x2="{_WIDTH - 10}" y1="16" y2="16" class="axis"/>',
        f'<line x1="{limit:.1f}" x2="{limit:.1f}" y1="4" y2="28" class="limit"/>',
        f'<text x="{limit:.1f}" y="40" text-anchor="{anchor}">{escape(asked)} {measure["threshold"]:g}</text>',
    ]
    if measure["value"] is None:
        return "".join([*parts, "</svg>"])
    if measure["low"] is not None and measure["high"] is not None:
        parts.append(f'<line x1="{at(measure["low"]):.1f}" x2="{at(measure["high"]):.1f}" y1="16" y2="16" class="ci"/>')
    parts.append(f'<circle cx="{at(measure["value"]):.1f}" cy="16" r="5" class="dot"/>')
    return "".join([*parts, "</svg>"])


def _open(height: int, title: str) -> str:
    name = escape(title, quote=True)
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{name}" xmlns="http://www.w3.org/2000/svg">'
