"""Curves with bands: ROC, survival, calibration, trajectories."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from factory.evidence.plots.svg import COLOURS, DASHES, ENGLISH, Frame, line, opened, path, text, wide
from factory.words import Words

_BAND = 0.18


@dataclass(frozen=True)
class Series:
    """A curve: points, and its band where `low` and `high` are given. `steps`: it jumps, as survival does."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    steps: bool = False
    markers: bool = False


def lines(
    title: str,
    series: Sequence[Series],
    x_label: str,
    y_label: str,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    diagonal: bool = False,
    x_words: Sequence[str] = (),
    say: Words = ENGLISH,
) -> str:
    """Curves on one pair of axes; each has a colour, a dash pattern and where asked a marker of its own.

    `diagonal`: the line from corner to corner that chance would draw, or a perfect calibration. `x_words`: what stands
    below 0, 1, 2, ... where x counts places. Labels are in the language of `say` already.
    """
    frame = Frame(
        x_range or _ends([v for s in series for v in s.x]),
        y_range or _ends([v for s in series for part in (s.y, s.low or (), s.high or ()) for v in part]),
    )
    parts = [
        opened(title, frame.top + frame.height + 40, say("{x} across, {y} up", x=x_label, y=y_label)),
        frame.axes(x_label, y_label, x_words),
    ]
    if diagonal:
        parts.append(line(*frame.at(frame.x[0], frame.y[0]), *frame.at(frame.x[1], frame.y[1]), "guide"))
    for place, one in enumerate(series):
        parts.append(_band(frame, one, place))
        parts.append(_curve(frame, one, place))
    return "".join([*parts, _legend(series), "</svg>"])


def _band(frame: Frame, one: Series, place: int) -> str:
    if one.low is None or one.high is None:
        return ""
    above = _points(frame, one.x, one.high, one.steps)
    below = _points(frame, one.x, one.low, one.steps)
    if not above:
        return ""
    around = " L".join(f"{x:.1f} {y:.1f}" for x, y in [*above, *reversed(below)])
    edge = f'stroke="{_colour(place)}" stroke-width=".6" stroke-dasharray="{DASHES[place % len(DASHES)]}"'
    return f'<path d="M{around} Z" fill="{_colour(place)}" fill-opacity="{_BAND}" {edge}/>'


def _curve(frame: Frame, one: Series, place: int) -> str:
    points = _points(frame, one.x, one.y, one.steps)
    dash = f' stroke-dasharray="{DASHES[place % len(DASHES)]}"' if DASHES[place % len(DASHES)] else ""
    drawn = path(points, f'stroke="{_colour(place)}" stroke-width="2"{dash}')
    if one.markers:
        drawn += "".join(marker(x, y, place) for x, y in _points(frame, one.x, one.y, False))
    return drawn


def _points(frame: Frame, x: Sequence[float], y: Sequence[float], steps: bool) -> list[tuple[float, float]]:
    made: list[tuple[float, float]] = []
    for a, b in zip(x, y, strict=False):
        if a is None or b is None or not (math.isfinite(a) and math.isfinite(b)):
            continue
        at = frame.at(a, b)
        if steps and made:
            made.append((at[0], made[-1][1]))
        made.append(at)
    return made


def marker(x: float, y: float, place: int, size: float = 4) -> str:
    """A mark of its own shape for each place: circle, square, diamond, triangle."""
    style = f'fill="#fff" stroke="{_colour(place)}" stroke-width="1.8"'
    if place % 4 == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" {style}/>'
    if place % 4 == 1:
        return f'<rect x="{x - size:.1f}" y="{y - size:.1f}" width="{2 * size}" height="{2 * size}" {style}/>'
    if place % 4 == 2:
        far = size * 1.4
        return (
            f'<path d="M{x:.1f} {y - far:.1f} L{x + far:.1f} {y:.1f} L{x:.1f} {y + far:.1f} L{x - far:.1f} {y:.1f} Z"'
            f" {style}/>"
        )
    return f'<path d="M{x:.1f} {y - size:.1f} l{size} {2 * size} h{-2 * size} Z" {style}/>'


def _legend(series: Sequence[Series]) -> str:
    parts, at = [], 48.0
    for place, one in enumerate(series):
        dash = DASHES[place % len(DASHES)]
        parts.append(
            f'<line x1="{at:.1f}" y1="30" x2="{at + 26:.1f}" y2="30" stroke="{_colour(place)}" stroke-width="2"'
            f"{f' stroke-dasharray={chr(34)}{dash}{chr(34)}' if dash else ''}/>"
        )
        if one.markers:
            parts.append(marker(at + 13, 30, place))
        parts.append(text(at + 31, 34, one.name))
        at += 44 + 6.2 * min(wide(one.name), 64)
    return "".join(parts)


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


def _ends(values: Sequence[float]) -> tuple[float, float]:
    known = [v for v in values if v is not None and math.isfinite(v)]
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    return (low, high) if high > low else (low - 0.5, high + 0.5)
