"""The difference of two correlation matrices: squares as large as the difference, filled where it is too high."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from factory.evidence.plots.svg import COLOURS, ENGLISH, WIDTH, opened, short, text
from factory.words import Words

_LABELS = 120
_MOST = 20


def matrix(
    title: str, labels: Sequence[str], difference: Sequence[Sequence[float | None]], say: Words = ENGLISH
) -> str:
    """Lower triangle of `difference` (synthetic less real, in [-2, 2]) of the columns that differ most.

    Filled: stronger in the synthetic rows; outlined: weaker. A square that fills its cell differs by 1 or more.
    """
    chosen = _worst(difference, min(_MOST, len(labels)))
    cell = min(22.0, (WIDTH - _LABELS - 8) / max(len(chosen), 1))
    top = 56.0
    parts = [opened(title, top + cell * len(chosen) + 12, say("Squares as large as the difference of a pair"))]
    parts.append(text(0, 32, say("filled: too strong; outlined: too weak")))
    for row, i in enumerate(chosen):
        y, label = top + row * cell, escape(short(labels[i], 18))
        parts.append(f'<text x="{_LABELS - 5}" y="{y + cell / 2 + 4:.1f}" text-anchor="end">{label}</text>')
        parts += [_square(difference[i][j], _LABELS + column * cell, y, cell) for column, j in enumerate(chosen[:row])]
        # Over the empty half: what stands in this column below.
        at = f"translate({_LABELS + (row + 0.6) * cell:.1f} {y + cell - 5:.1f}) rotate(-35)"
        if row < len(chosen) - 1:
            parts.append(f'<text transform="{at}">{label}</text>')
    return "".join([*parts, "</svg>"])


def _worst(difference: Sequence[Sequence[float | None]], most: int) -> list[int]:
    size = [max((abs(v) for v in row if v is not None), default=0.0) for row in difference]
    return sorted(sorted(range(len(size)), key=lambda i: (-size[i], i))[:most])


def _square(value: float | None, x: float, y: float, cell: float) -> str:
    grid = f'<rect x="{x:.1f}" y="{y:.1f}" width="{cell:.1f}" height="{cell:.1f}" class="grid"/>'
    if value is None or not value:
        return grid
    side = max(1.5, min(1.0, abs(value)) ** 0.5 * (cell - 2))
    at = (cell - side) / 2
    fill = COLOURS[0] if value > 0 else "#fff"
    edge = COLOURS[0] if value > 0 else COLOURS[1]
    return (
        f'{grid}<rect x="{x + at:.1f}" y="{y + at:.1f}" width="{side:.1f}" height="{side:.1f}" fill="{fill}"'
        f' stroke="{edge}" stroke-width="1.4"><title>{value:+.2f}</title></rect>'
    )
