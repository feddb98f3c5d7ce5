"""Numbers as they are written and how far they reach: spelling, rounding, tails, heaps."""

import numpy as np
import pytest

from factory.synth.rows import Field
from factory.synth.trees import Settings
from factory.synth.trees.numbers import code_numbers
from factory.synth.trees.rounding import rounding_of
from factory.synth.trees.spelling import spelling_of
from factory.synth.trees.tails import with_tails


def _short(numbers, bits):
    mantissa, exponent = np.frexp(numbers)
    return np.ldexp(np.floor(mantissa * 2.0**bits) / 2.0**bits, exponent)


def _dice(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize(("decimals", "bits"), [(1, 13), (2, 16), (3, 21)])
def test_cut_mantissas_are_found_and_written(decimals, bits):
    plain = np.round(_dice().gamma(3, 5, 2000), decimals) + 1
    written = np.array([float(f"{number:.9g}") for number in _short(plain, bits)])
    spelling = spelling_of(written)
    assert spelling.bits == bits
    assert spelling.cut
    assert np.mean(spelling.write(plain + _dice(1).uniform(-0.01, 0.01, 2000) * 10.0**-decimals) == written) > 0.97


def test_plain_decimals_stay_plain():
    for decimals in range(4):
        spelling = spelling_of(np.round(_dice().normal(50, 10, 500), decimals))
        assert (spelling.decimals, spelling.bits) == (decimals, 0)


def test_three_significant_digits():
    numbers = np.array([float(f"{number:.3g}") for number in _dice().lognormal(0, 1, 800)])
    spelling = spelling_of(numbers)
    made = spelling.write(_dice(1).lognormal(0, 1, 800))
    assert all(float(f"{number:.3g}") == number for number in made)


def test_pounds_and_tens_keep_their_share():
    dice = _dice()
    pounds = np.round(dice.integers(100, 250, 600) * 0.4536, 4)
    kilos = np.round(dice.uniform(45, 110, 400), 1)
    spelling = spelling_of(np.concatenate([pounds, kilos])).rounded_as(np.concatenate([pounds, kilos]))
    made = spelling.write(dice.uniform(45, 110, 5000), spelling.rounding.chosen(dice.random(5000)))
    share = np.mean(np.abs(made / 0.4536 - np.round(made / 0.4536)) * 0.4536 < 2e-4)
    assert 0.5 < share < 0.7
    tens = np.where(dice.random(3000) < 0.3, dice.integers(6, 20, 3000) * 10, dice.integers(60, 200, 3000))
    found = rounding_of(tens.astype(float), np.ones(3000), np.round)
    assert 10.0 in found.steps
    assert 0.2 < found.shares[found.steps.index(10.0)] < 0.4


def test_of_grids_within_grids_each_has_its_own_share():
    dice = _dice(4)
    steps = dice.choice([50.0, 5.0, 1.0], 4000, p=[0.3, 0.5, 0.2])
    numbers = np.round(dice.uniform(300, 3000, 4000) / steps) * steps
    found = rounding_of(numbers, np.ones(4000), np.round)
    kept = dict(zip(found.steps, found.shares, strict=True))
    assert kept[50.0] == pytest.approx(0.3, abs=0.04)
    assert kept[5.0] == pytest.approx(0.5, abs=0.08)
    assert sum(kept.values()) == pytest.approx(0.8, abs=0.06)


def test_quotients_by_few_divisors_are_drawn_as_such():
    dice = _dice(5)
    oxygen = np.round(dice.uniform(40, 160, 4000)) / dice.choice([0.21, 0.4, 0.5, 0.6], 4000)
    written = np.array([float(f"{number:.8g}") for number in _short(oxygen, 13)])
    spelling = spelling_of(written).rounded_as(written)
    assert spelling.bits == 13
    assert spelling.cut
    made = spelling.write(dice.uniform(100, 300, 4000), spelling.rounding.chosen(dice.random(4000)))
    assert np.isin(made, written).mean() > 0.75
    bare = spelling.write(dice.uniform(100, 300, 4000))
    assert np.isin(bare, written).mean() < 0.5


def test_a_few_odd_numbers_do_not_take_the_grid_from_the_rest():
    plain = np.round(_dice().gamma(3, 4, 3000), 1) + 0.1
    plain[:20] = _dice(1).uniform(0, 1, 20)
    written = np.array([float(f"{number:.9g}") for number in _short(plain, 13)])
    spelling = spelling_of(written)
    assert (spelling.step, spelling.bits, spelling.cut) == (0.1, 13, True)


def test_no_number_is_rounded_to_a_heap_beside_those_that_heap_there():
    dice = _dice(6)
    whole = dice.random(6000) < 0.6
    numbers = np.where(whole, dice.integers(0, 150, 6000), np.round(dice.uniform(0, 150, 6000) * 3) / 3)
    code = code_numbers(numbers, np.arange(6000), Field("number"), Settings(atom_share=0.9, scale_values=1))
    assert len(code.heaps) > 100
    assert code.spelling.rounding.steps
    made = code.numbers(dice.standard_normal(20_000))
    assert np.mean(made % 1 == 0) == pytest.approx(np.mean(numbers % 1 == 0), abs=0.03)


def test_numbers_on_one_of_two_grids_are_on_no_finer_one():
    dice = _dice(7)
    # As where halves and wholes are heaps of their own, and what is left are thirds and quarters.
    numbers = dice.integers(10, 60, 4000) + dice.choice([1 / 3, 2 / 3, 1 / 4, 3 / 4], 4000)

    def twelfths(values):
        return np.round(values * 12) / 12

    found = rounding_of(twelfths(numbers), np.full(4000, 1 / 12), twelfths)
    assert sum(found.shares) > 0.7


def test_numbers_nobody_rounds_are_left_alone():
    numbers = _dice().integers(0, 500, 5000).astype(float)
    assert rounding_of(numbers, np.ones(5000), np.round).steps == ()


def test_fewer_than_half_of_k_people_do_not_make_a_tail():
    numbers, people = _dice().normal(100, 10, 1000), np.arange(1000)
    bounds = tuple(np.sort(numbers)[[10, -11]])
    numbers[np.argsort(numbers)[-5:]] = [1e6, 2e6, 3e6, 4e6, 5e6]
    made, _ = with_tails(numbers, people, bounds, 11)
    assert made.max() < 200


def test_a_hundred_people_have_a_tail_and_few_are_cut_off():
    for people, tail in ((100, True), (80, False)):
        numbers = _dice().exponential(10, people)
        ordered = np.sort(numbers)
        made, modelled = with_tails(numbers, np.arange(people), (ordered[10], ordered[-11]), 11)
        assert (made.max() > ordered[-11]) == tail == bool(len(modelled))


@pytest.mark.parametrize(
    ("draw", "furthest"),
    [
        (lambda dice: dice.random(20_000), (0.9999, 1.0001)),
        (lambda dice: dice.exponential(1, 20_000), (9.0, 9.5)),
        (lambda dice: dice.pareto(3, 20_000), (21.0, 29.0)),
    ],
)
def test_a_tail_reaches_as_far_as_its_shape_says(draw, furthest):
    # The greatest of 20,000 lies, in the middle of 20 samples, at 1.00, 10.2 and 28.6.
    reached = []
    for seed in range(20):
        numbers = draw(np.random.default_rng(seed))
        ordered = np.sort(numbers)
        made, _ = with_tails(numbers, np.arange(20_000), (ordered[10], ordered[-11]), 11)
        reached.append(made.max())
    assert furthest[0] < np.median(reached) < furthest[1]


def test_a_tail_is_one_of_numbers_not_of_peoples_greatest():
    numbers = np.concatenate([_dice().random((90, 50)) * 100, 100 + _dice().random((10, 50)) * 100]).ravel()
    people = np.repeat(np.arange(100), 50)
    made, _ = with_tails(numbers, people, (0.0, 100.0), 11)
    # Ten people reach to 200, and half of their numbers beyond 100 lie beyond 150.
    assert 140 < np.median(made[made > 100]) < 165


def test_a_tail_is_nobodys_value_and_ends():
    numbers, people = _dice().exponential(10, 5000), np.arange(5000)
    ordered = np.sort(numbers)
    made, modelled = with_tails(numbers, people, (ordered[10], ordered[-11]), 11)
    assert not np.isin(modelled, numbers).any()
    assert ordered[-11] < made.max() < 3 * ordered[-1]
    assert made.min() >= 0
    inside = (numbers >= ordered[10]) & (numbers <= ordered[-11])
    assert (made[inside] == numbers[inside]).all()


def test_where_k_people_agree_there_is_no_tail():
    numbers = np.minimum(_dice().exponential(10, 1000), 20.0)
    code = code_numbers(numbers, np.arange(1000), Field("number"), Settings())
    assert code is not None
    assert code.high == 20.0


def test_the_contracts_bounds_end_a_tail():
    numbers = _dice().normal(50, 10, 1000)
    code = code_numbers(numbers, np.arange(1000), Field("number", minimum=25, maximum=75), Settings())
    assert code is not None
    assert code.low >= 25
    assert code.high <= 75
    drawn = code.numbers(_dice(1).standard_normal(20_000))
    assert drawn.min() >= 25
    assert drawn.max() <= 75
