"""Tables as trees of scikit-learn take them, and the tournament's classifier that is given them."""

import numpy as np
import pandas as pd
import pytest

from factory.checks.features import coded
from factory.synth.auto import c2st


def test_commoner_levels_come_first_the_rarest_share_the_last_and_missing_stays_missing():
    table, categories = coded(pd.DataFrame({"a": [*"xxxyyzw", None], "b": range(8)}, dtype=object), {"a"}, 3)
    assert categories == [True, False]
    assert table[:, 0].tolist()[:7] == [0, 0, 0, 1, 1, 2, 2] and np.isnan(table[7, 0])
    assert table[:, 1].tolist() == list(range(8))


def test_levels_of_several_types_and_moments_are_taken():
    days = pd.to_datetime(["2020-01-01", None, "2020-01-02"]).astype("datetime64[s]")
    table, _ = coded(pd.DataFrame({"a": pd.Series([1, "b", 2.5], dtype=object), "at": days}), {"a"}, 9)
    assert sorted(table[:, 0]) == [0, 1, 2]
    assert table[2, 1] - table[0, 1] == 86_400 and np.isnan(table[1, 1])


@pytest.fixture
def tied():
    """Rows of two lists of codes of which one says the other, and a column without a value; people of two rows."""
    dice = np.random.default_rng(7)

    def rows(label):
        code = dice.integers(0, 30, 800)
        one, other = [f"a{n}" for n in code], [f"b{n * 7 % 30}" for n in code]
        frame = pd.DataFrame({"one": one, "other": other, "gone": np.nan})
        return frame, pd.Series([f"{label}{n // 2}" for n in range(800)])

    return rows


def test_codes_drawn_apart_from_each_other_are_told_and_a_fresh_sample_is_not(tied):
    real, fresh, apart = tied("r"), tied("f"), tied("d")
    shuffled = apart[0]["other"].sample(frac=1, random_state=1).to_numpy()
    assert c2st(real, fresh, 1) < 0.6
    assert c2st(real, (apart[0].assign(other=shuffled), apart[1]), 1) > 0.9
