"""The map of privacy and fidelity: what was assessed among the engines that stood for the choice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from factory.evidence.plots.lines import marker
from factory.evidence.plots.svg import ENGLISH, Frame, line, opened, text
from factory.words import Words

_HALF = 0.5
_LINE = 13.0
"""Height of a line of names."""


@dataclass(frozen=True)
class Point:
    """A data set: how well a classifier tells it from real rows, and the upper end of the attack's AUC on it."""

    name: str
    c2st: float
    attack: float
    own: bool = False


def privacy_map(points: Sequence[Point], threshold: float | None, say: Words = ENGLISH) -> str:
    """AUCs across (c2st) and up (attack); the lower left corner, where both are .5, is best.

    The data set assessed is a filled star; engines of the tournament are open marks. The dashed line is the policy's.
    """
    reach = max([0.62, *(p.c2st + 0.03 for p in points)])
    high = max([0.62, *(p.attack + 0.02 for p in points), (threshold or _HALF) + 0.02])
    frame = Frame((_HALF, min(1.0, reach)), (min([_HALF, *(p.attack for p in points)]), min(1.0, high)))
    title = say("Privacy and fidelity: the lower left is best")
    x_label, y_label = say("told from real rows (c2st AUC)"), say("attack's AUC, upper end")
    parts = [
        opened(title, frame.top + frame.height + 40, say("{x} across, {y} up", x=x_label, y=y_label)),
        frame.axes(x_label, y_label),
    ]
    if threshold is not None:
        a, b = frame.at(frame.x[0], threshold), frame.at(frame.x[1], threshold)
        parts += [
            line(*a, *b, "limit"),
            text(b[0] - 4, b[1] - 4, say("policy: at most {threshold:g}", threshold=threshold), "end"),
        ]
    taken: list[float] = []
    for place, point in enumerate(points):
        x, y = frame.at(point.c2st, point.attack)
        parts.append(_star(x, y) if point.own else marker(x, y, place + 1, 5))
        right = x > frame.left + frame.width * 0.6
        line_of = _free(y + 4, taken)
        taken.append(line_of)
        parts.append(text(x - 10 if right else x + 10, line_of, point.name, "end" if right else "start"))
    return "".join([*parts, "</svg>"])


def _free(wanted: float, taken: Sequence[float]) -> float:
    """The height nearest to the one wanted at which no other name stands."""
    steps = sorted((side * step * _LINE for step in range(len(taken) + 1) for side in (1, -1)), key=abs)
    return next(wanted + by for by in steps if all(abs(wanted + by - other) >= _LINE for other in taken))


def _star(x: float, y: float) -> str:
    turns = [math.pi * spike / 5 for spike in range(10)]
    far = [9.0 if spike % 2 == 0 else 3.8 for spike in range(10)]
    points = " ".join(f"{x + r * math.sin(t):.1f},{y - r * math.cos(t):.1f}" for t, r in zip(turns, far, strict=True))
    return f'<polygon points="{points}" class="own"/>'
