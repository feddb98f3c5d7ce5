"""A picture of each variable of a released table: shares of its values among the synthetic rows."""

from __future__ import annotations

from html import escape
from typing import Any

from factory.evidence.pictures import range_label
from factory.evidence.plots.svg import short
from factory.words import Words

_WIDTH, _ROW, _LABEL, _FIGURE = 320, 17, 122, 46


def picture(column: dict[str, Any], say: Words) -> str:
    """Bars as inline SVG, empty where no shares may be shown."""
    shares = column["shares"]
    if not shares:
        return ""
    widest = max(item["share"] for item in shares) or 1
    title = escape(say("Shares of the values of {column}", column=column["name"]), quote=True)
    height = _ROW * len(shares)
    parts = [f'<svg class="shares" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" role="img" aria-label="{title}">']
    for number, item in enumerate(shares):
        y = number * _ROW
        length = item["share"] / widest * (_WIDTH - _LABEL - _FIGURE)
        label = escape(short(range_label(item["label"], say), 19))
        parts.append(f'<text x="{_LABEL - 6}" y="{y + 12}" text-anchor="end">{label}</text>')
        parts.append(f'<rect x="{_LABEL}" y="{y + 3}" width="{max(length, 0.5):.1f}" height="{_ROW - 6}"/>')
        parts.append(f'<text x="{_LABEL + length + 4:.1f}" y="{y + 12}">{item["share"]:.1%}</text>')
    return "".join([*parts, "</svg>"])
