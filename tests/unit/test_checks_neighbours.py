"""Nearest rows: the same as measuring every pair in double precision, whatever the rows."""

import numpy as np
import pytest

from factory.checks.neighbours import nearest


def _plainly(queries, base, k):
    squares = ((queries[:, None, :] - base[None, :, :]) ** 2).sum(axis=2)
    return np.sqrt(np.sort(squares, axis=1)[:, :k])


@pytest.mark.parametrize(
    "made",
    [
        lambda dice, n: dice.random((n, 12)),
        lambda dice, n: dice.integers(0, 3, (n, 4)).astype("float64"),
        lambda dice, n: np.zeros((n, 3)),
        lambda dice, n: 1e6 + dice.normal(size=(n, 5)),
        lambda dice, n: np.concatenate([dice.random((n, 2)), np.full((n, 1), 7.0)], axis=1),
    ],
    ids=["numbers", "grid", "constant", "far from zero", "a constant column"],
)
@pytest.mark.parametrize("k", [1, 7])
def test_distances_are_those_of_every_pair(made, k):
    dice = np.random.default_rng(3)
    queries, base = made(dice, 130), made(dice, 900)
    distance, rows = nearest(queries, base, k)
    assert distance == pytest.approx(_plainly(queries, base, k), rel=1e-9, abs=1e-9)
    gone = np.sqrt(((queries[:, None, :] - base[rows]) ** 2).sum(axis=2))
    assert distance == pytest.approx(gone, rel=1e-9, abs=1e-9)
    assert all(len(set(one)) == k for one in rows.tolist())


def test_rows_that_stand_twice_are_given_twice():
    base = np.array([[1.0], [0.0], [0.0], [5.0]])
    distance, rows = nearest(np.array([[0.0]]), base, 3)
    assert rows.tolist() == [[1, 2, 0]]
    assert distance.tolist() == [[0.0, 0.0, 1.0]]


def test_what_is_not_there_is_infinitely_far():
    distance, rows = nearest(np.array([[0.0], [2.0]]), np.array([[1.0]]), 3)
    assert rows.tolist() == [[0, -1, -1]] * 2
    assert np.isinf(distance[:, 1:]).all() and (distance[:, 0] == 1).all()
    assert np.isinf(nearest(np.zeros((2, 1)), np.zeros((0, 1)), 2)[0]).all()
    assert nearest(np.zeros((0, 1)), np.zeros((4, 1)), 2)[0].shape == (0, 2)


def test_rows_without_columns_are_all_alike():
    distance, rows = nearest(np.zeros((2, 0)), np.zeros((3, 0)), 2)
    assert (distance == 0).all() and rows.tolist() == [[0, 1]] * 2
