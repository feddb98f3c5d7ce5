"""Rows of a person's successive parents that never interleave: one stay's events are over when the next one's begin."""

from __future__ import annotations

import numpy as np

from factory.synth.relations.clock import Floats
from factory.synth.relations.finish import always
from factory.synth.relations.prepare import Level, Rows, ranks


def in_turn(parent: Level, child: Level) -> bool:
    """True where a parent's rows never last beyond the first row of the next parent of the same owner."""
    if not len(child.owner):
        return False
    edge = np.flatnonzero(np.r_[True, child.owner[1:] != child.owner[:-1]])
    end = np.r_[edge[1:], len(child.owner)] - 1
    up = parent.owner[child.owner[edge]]
    follows = np.flatnonzero((up[1:] == up[:-1]) & (up[1:] >= 0))
    return always(child.at[end][follows], child.at[edge][follows + 1])


def held_apart(parent: Level, counts: Rows, start: Floats, span: Floats) -> tuple[Floats, Floats]:
    """Starts and spans (m parents) cut so that no parent's rows begin before, or last beyond, those of the next one."""
    begins, lasts = start.copy(), span.copy()
    there = np.flatnonzero(counts > 0)
    nth = ranks(parent.owner[there])
    for turn in range(1, int(nth.max(initial=0)) + 1):
        here = np.flatnonzero(nth == turn)
        begins[there[here]] = np.fmax(begins[there[here]], begins[there[here - 1]])
    follows = np.flatnonzero(nth > 0)
    room = begins[there[follows]] - begins[there[follows - 1]]
    lasts[there[follows - 1]] = np.fmin(lasts[there[follows - 1]], room)
    return begins, lasts
