"""Age bands, birth dates and the days of stays."""

from datetime import date

import pytest

from factory.simulate.ages import age_at, births, common_births, years_before
from factory.simulate.dice import Dice
from factory.simulate.stays import FIRST_DAY, LAST_DAY, clock, days_of

LEAP_DAYS = [date(2004, 2, 28), date(2004, 2, 29), date(2004, 3, 1), date(2003, 2, 28), date(2003, 3, 1)]


@pytest.mark.parametrize("day", LEAP_DAYS)
@pytest.mark.parametrize("low", [0, 1, 4, 60, 70, 90])
def test_the_birth_range_of_a_band_is_exact_to_the_day(day, low):
    first, last = births(f"[{low}-{low + 10})", day)
    assert age_at(date.fromordinal(first), day) == low + 9
    assert age_at(date.fromordinal(first - 1), day) == low + 10
    assert age_at(date.fromordinal(last), day) == low
    assert age_at(date.fromordinal(last + 1), day) == low - 1


def test_29_february_goes_back_to_the_28th():
    assert years_before(date(2004, 2, 29), 1) == date(2003, 2, 28)
    assert years_before(date(2004, 2, 29), 4) == date(2000, 2, 29)


def test_a_birthday_between_two_stays_is_found():
    first, last, met = common_births(["[60-70)", "[70-80)"], [date(2003, 5, 1), date(2003, 9, 1)])
    assert met
    for born in (date.fromordinal(first), date.fromordinal(last)):
        assert (age_at(born, date(2003, 5, 1)), age_at(born, date(2003, 9, 1))) == (69, 70)


def test_people_who_grow_younger_keep_their_first_band():
    first, last, met = common_births(["[70-80)", "[60-70)"], [date(2003, 5, 1), date(2003, 9, 1)])
    assert not met
    assert (first, last) == births("[70-80)", date(2003, 5, 1))


@pytest.mark.parametrize("seed", range(200))
def test_days_keep_order_length_and_gaps_within_the_decade(seed):
    dice = Dice(seed, "test")
    count = dice.between(1, 40)
    lengths = [dice.between(1, 14) for _ in range(count)]
    readmitted = [dice.pick(("<30", ">30", "NO")) for _ in range(count)]
    ranks = sorted(dice.random() for _ in range(count))
    days = days_of(dice, readmitted, ranks, lengths)
    assert [(out - into).days for into, out in days] == lengths
    assert days[0][0] >= FIRST_DAY
    assert days[-1][1] <= LAST_DAY
    for outcome, (_, left), (back, _) in zip(readmitted, days, days[1:], strict=False):
        assert (1 <= (back - left).days <= 29) if outcome == "<30" else (31 <= (back - left).days <= 700)


def test_nobody_leaves_before_coming_even_on_the_same_day():
    for seed in range(200):
        came, left = clock(Dice(seed, "test"), date(2003, 5, 1), date(2003, 5, 1))
        assert came <= left
        assert came.date() == left.date()
