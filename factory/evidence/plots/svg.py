"""What every plot is drawn on: a frame with axes, scales and a name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from factory.words import words

# Okabe and Ito's palette (Color Universal Design, 2008): told apart by readers with any colour vision.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2", "1 2")
WIDTH = 460
ENGLISH = words("en")
_MOST_TEXT = 64
_LATIN = 0x2E80


@dataclass(frozen=True)
class Frame:
    """A plotting area: ranges of x and y in data, and its place in the picture in pixels."""

    x: tuple[float, float]
    y: tuple[float, float]
    left: float = 48
    top: float = 44
    width: float = WIDTH - 60
    height: float = 210

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Pixels of a point, clipped to the area."""
        a, b = ((v - lo) / ((hi - lo) or 1) for v, (lo, hi) in ((x, self.x), (y, self.y)))
        a, b = min(1.0, max(0.0, a)), min(1.0, max(0.0, b))
        return self.left + a * self.width, self.top + (1 - b) * self.height

    def axes(self, x_label: str, y_label: str, x_words: Sequence[str] = ()) -> str:
        """The area's border, ticks of round numbers, and the labels. `x_words`: what stands at 0, 1, 2, ... instead."""
        bottom = self.top + self.height
        parts = [
            f'<rect x="{self.left}" y="{self.top}" width="{self.width}" height="{self.height}" class="area"/>',
            text(self.left + self.width / 2, bottom + 32, x_label, "middle"),
            f'<text transform="translate(11 {self.top + self.height / 2:.1f}) rotate(-90)" text-anchor="middle">'
            f"{escape(short(y_label))}</text>",
        ]
        across = [(float(place), word) for place, word in enumerate(x_words)]
        for value, word in across or [(tick, number(tick)) for tick in ticks(*self.x)]:
            at = self.at(value, self.y[0])[0]
            parts += [line(at, bottom, at, bottom + 4, "axis"), text(at, bottom + 16, word, "middle")]
        for value in ticks(*self.y):
            at = self.at(self.x[0], value)[1]
            parts += [
                line(self.left - 4, at, self.left, at, "axis"),
                text(self.left - 6, at + 4, number(value), "end"),
            ]
        return "".join(parts)


def opened(title: str, height: float, said: str = "") -> str:
    """The SVG's first tag with its name, and the title written at its top. `said` describes it for who cannot see."""
    name = escape(f"{title}. {said}" if said else title, quote=True)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{name}" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{name}</title>"
        f'<text x="0" y="14" class="t">{escape(short(title, 70))}</text>'
    )


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    """Words at a place."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(short(words))}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A line of a style sheet class."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def path(points: Sequence[tuple[float, float]], style: str) -> str:
    """A line through points in pixels."""
    return f'<path d="M{" L".join(f"{x:.1f} {y:.1f}" for x, y in points)}" fill="none" {style}/>' if points else ""


def short(words: str, most: int = _MOST_TEXT) -> str:
    """Words cut to what fits."""
    return words if len(words) <= most else words[: most - 1] + "…"


def wide(words: str) -> int:
    """Width of words in Latin letters; a Chinese character takes about two."""
    return sum(2 if ord(letter) > _LATIN else 1 for letter in words)


def number(value: float) -> str:
    """A tick's number, as short as it can be."""
    return f"{value:.4g}"


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers between two ends, about as many as asked."""
    span = high - low
    if not span > 0:
        return [low]
    rough = span / about
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * nice for nice in (1, 2, 5, 10) if size * nice >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]
