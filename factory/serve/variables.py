"""A picture of each variable of a released table: shares of its values among the synthetic rows."""

from __future__ import annotations

from html import escape
from typing import Any

from markupsafe import Markup

from factory.evidence.pictures import range_label
from factory.evidence.plots.svg import wide
from factory.words import Words

_WIDTH, _ROW, _LABEL, _FIGURE = 320, 17, 138, 46
_MOST = 18
"""What fits beside a bar, in widths of Latin letters."""


def picture(column: dict[str, Any], say: Words) -> Markup:
    """Bars as inline SVG, empty where no shares may be shown; categories by share, ranges of numbers in order."""
    shares = [(range_label(item["label"], say), float(item["share"])) for item in column["shares"]]
    if not shares:
        return Markup()
    if column["kind"] == "category":
        shares.sort(key=lambda item: -item[1])
    widest = max(share for _, share in shares) or 1
    told = "; ".join(f"{label} {share:.1%}" for label, share in shares)
    title = escape(f"{say('Shares of the values of {column}', column=column['name'])}: {told}")
    height = _ROW * len(shares)
    parts = [f'<svg class="shares" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" role="img" aria-label="{title}">']
    for number, (label, share) in enumerate(shares):
        parts.append(_bar(number * _ROW, label, share, share / widest * (_WIDTH - _LABEL - _FIGURE)))
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - every label in it is escaped


def _bar(y: int, label: str, share: float, length: float) -> str:
    said = _fitted(label)
    whole = "" if said == label else f"<title>{escape(label)}</title>"
    return (
        f'<text x="{_LABEL - 6}" y="{y + 12}" text-anchor="end">{escape(said)}{whole}</text>'
        f'<rect x="{_LABEL}" y="{y + 3}" width="{length:.1f}" height="{_ROW - 6}"/>'
        f'<text x="{_LABEL + length + 4:.1f}" y="{y + 12}">{share:.1%}</text>'
    )


def _fitted(label: str) -> str:
    """A label cut to the room it has."""
    if wide(label) <= _MOST:
        return label
    while wide(label) >= _MOST:
        label = label[:-1]
    return f"{label.rstrip()}…"
