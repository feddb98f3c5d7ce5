"""When people were admitted and discharged: invented days that keep order and length of the real stays."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from factory.simulate.dice import Dice

FIRST_DAY = date(1999, 1, 1)
LAST_DAY = date(2008, 12, 31)
SPAN = (LAST_DAY - FIRST_DAY).days
SHORT_GAP = (1, 29)  # days between a discharge and the next admission after readmitted == '<30'
LONG_GAP = (31, 700)  # after '>30' and 'NO'
_JITTER = 60  # days around the place that the rank of the real encounter gives
_DAY_SECONDS = 86_400


def gaps(dice: Dice, readmitted: list[str], ranks: list[float], lengths: list[int]) -> list[int]:
    """Days between each discharge and the next admission, one fewer than there are stays.

    Long gaps follow the distance of the real encounter ids, within the bounds that `readmitted` of the
    earlier stay sets, and shrink towards the lower bound if the decade would be too short for all of them.
    """
    out = []
    for i, outcome in enumerate(readmitted[:-1]):
        if outcome == "<30":
            out.append(dice.between(*SHORT_GAP))
        else:
            apart = int((ranks[i + 1] - ranks[i]) * SPAN * (0.7 + 0.6 * dice.random()))
            out.append(_long_gap(dice, apart - lengths[i]))
    return _compressed(out, SPAN - sum(lengths))


def _long_gap(dice: Dice, days: int) -> int:
    """The days if they are within the bounds of a long gap; else a gap near the bound they pass."""
    low, high = LONG_GAP
    if days < low:
        return dice.between(low, 2 * low)
    return days if days <= high else dice.between(high - 2 * low, high)


def _compressed(wanted: list[int], room: int) -> list[int]:
    """The gaps, shortened together until they fit into `room` days; the shorter ones are never touched."""
    excess = sum(wanted) - room
    if excess <= 0:
        return wanted
    lows = [min(LONG_GAP[0], gap) for gap in wanted]
    slack = sum(wanted) - sum(lows)
    # Where even the shortest gaps do not fit, order and length of stay are kept and a day lies between stays.
    keep = 1 - excess / slack if slack >= excess else 0.0
    if slack < excess:
        lows = [1] * len(wanted)
    return [low + int((gap - low) * keep) for low, gap in zip(lows, wanted, strict=True)]


def days_of(dice: Dice, readmitted: list[str], ranks: list[float], lengths: list[int]) -> list[tuple[date, date]]:
    """Day of admission and of discharge of each stay of one person, between 1999-01-01 and 2008-12-31.

    `ranks` are the places of the real encounters among all, from 0 to 1; `lengths` are days in hospital.
    Discharge minus admission is the length exactly.
    """
    between = gaps(dice, readmitted, ranks, lengths)
    room = max(0, SPAN - sum(lengths) - sum(between))
    start = min(room, max(0, int(ranks[0] * room) + dice.between(-_JITTER, _JITTER)))
    day, out = FIRST_DAY + timedelta(days=start), []
    for i, length in enumerate(lengths):
        out.append((day, day + timedelta(days=length)))
        if i < len(between):
            day = out[-1][1] + timedelta(days=between[i])
    return out


def clock(dice: Dice, admitted: date, discharged: date) -> tuple[datetime, datetime]:
    """Times of day: admissions mostly by day, discharges in office hours and never before admission."""
    second = dice.between(8 * 3600, 22 * 3600) if dice.chance(0.75) else dice.below(_DAY_SECONDS)
    start = datetime.combine(admitted, time()) + timedelta(seconds=second)
    leave = dice.between(9 * 3600, 18 * 3600) if discharged > admitted else dice.between(second, _DAY_SECONDS - 1)
    return start, datetime.combine(discharged, time()) + timedelta(seconds=leave)
