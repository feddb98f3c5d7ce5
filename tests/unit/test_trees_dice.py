"""Dice that fall evenly over what stands at one place, and by chance over who gets them."""

import numpy as np

from factory.core.seeds import generator
from factory.synth.trees.dice import even_dice, settled


def test_of_any_branch_a_class_gets_its_share_but_for_a_few_rows():
    rng = generator(1, "dice")
    places = rng.integers(0, 300, 4_000)
    dice = even_dice(places, rng)
    for low, high in ((0, 300), (0, 20), (100, 140), (250, 251)):
        here = dice[(places >= low) & (places < high)]
        for share in (0.05, 0.3, 0.5, 0.9):
            assert abs((here < share).sum() - share * len(here)) < 4


def test_which_row_of_a_place_gets_which_die_is_chance():
    rng = generator(2, "dice")
    one_place = np.zeros(4_000, dtype=np.int64)
    first, second = even_dice(one_place, rng), even_dice(one_place, rng)
    for other in (second, np.roll(first, 1), np.arange(4_000.0)):
        assert abs(np.corrcoef(first, other)[0, 1]) < 4 / np.sqrt(4_000)


def test_each_die_alone_is_uniform():
    rng = generator(3, "dice")
    thrown = np.array([even_dice(np.array([3, 1, 3, 2]), rng) for _ in range(2_000)])
    assert np.abs(np.quantile(thrown, (0.1, 0.5, 0.9), axis=0) - [[0.1], [0.5], [0.9]]).max() < 0.05


def test_settled_scores_keep_their_order_and_lie_as_the_pool_does():
    rng = generator(5, "dice")
    drawn, pool = rng.standard_normal(1_000), rng.standard_normal(8_000)
    made = settled(drawn, pool, rng)
    assert (np.argsort(made) == np.argsort(drawn)).all()
    parts = np.linspace(0.05, 0.95, 19)
    apart = np.abs(np.quantile(made, parts) - np.quantile(pool, parts)).max()
    assert apart < 0.02 < np.abs(np.quantile(drawn, parts) - np.quantile(pool, parts)).max()
    assert len(settled(drawn[:0], drawn[:0], rng)) == 0


def test_of_one_row_each_score_of_the_pool_is_as_likely():
    rng = generator(6, "dice")
    made = [settled(pool[:1], pool, rng)[0] for pool in rng.standard_normal((4_000, 8))]
    assert abs(np.std(made) - 1) < 0.05
    assert abs(np.mean(made)) < 0.06
