"""Pictures as inline SVG: readable in print, without colour, and without any file beside the page."""

from __future__ import annotations

from html import escape
from typing import Any

_WIDTH = 460
_BAR = 11
_GAP = 8
_LABEL = 130


def bars(title: str, rows: list[dict[str, Any]]) -> str:
    """Share of each value in training (solid) and synthetic rows (hatched); shares in [0, 1]."""
    height = 34 + len(rows) * (2 * _BAR + _GAP)
    widest = max([row[key] for row in rows for key in ("real", "synthetic")] or [1]) or 1
    scale = (_WIDTH - _LABEL - 50) / widest
    parts = [_open(height, title), f'<text x="0" y="14" class="t">{escape(title)}</text>']
    for number, row in enumerate(rows):
        y = 26 + number * (2 * _BAR + _GAP)
        parts.append(f'<text x="{_LABEL - 6}" y="{y + _BAR + 3}" text-anchor="end">{escape(row["label"][:22])}</text>')
        for offset, key in ((0, "real"), (_BAR, "synthetic")):
            length = row[key] * scale
            parts.append(
                f'<rect x="{_LABEL}" y="{y + offset}" width="{length:.1f}" height="{_BAR - 1}" class="{key}"/>'
            )
            parts.append(f'<text x="{_LABEL + length + 4:.1f}" y="{y + offset + 9}" class="v">{row[key]:.1%}</text>')
    return "".join([*parts, "</svg>"])


def interval(measure: dict[str, Any]) -> str:
    """A measure's value and 95% interval beside its threshold, on a line of its own scale."""
    ends: list[float | None] = [measure["value"], measure["threshold"], measure["low"], measure["high"]]
    known = [end for end in ends if end is not None]
    low, high = min(known), max(known)
    margin = (high - low) * 0.15 or 0.1
    low, high = low - margin, high + margin

    def at(value: float) -> float:
        return 10.0 + (value - low) / (high - low) * (_WIDTH - 20)

    parts = [_open(44, measure["title"]), f'<line x1="10" x2="{_WIDTH - 10}" y1="16" y2="16" class="axis"/>']
    limit = at(measure["threshold"])
    parts.append(f'<line x1="{limit:.1f}" x2="{limit:.1f}" y1="4" y2="28" class="limit"/>')
    parts.append(
        f'<text x="{limit:.1f}" y="40" text-anchor="middle">{measure["direction"]} {measure["threshold"]:g}</text>'
    )
    if measure["value"] is None:
        return "".join([*parts, "</svg>"])
    if measure["low"] is not None:
        parts.append(f'<line x1="{at(measure["low"]):.1f}" x2="{at(measure["high"]):.1f}" y1="16" y2="16" class="ci"/>')
    parts.append(f'<circle cx="{at(measure["value"]):.1f}" cy="16" r="5" class="dot"/>')
    return "".join([*parts, "</svg>"])


def _open(height: int, title: str) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">'
