import numpy as np
import pandas as pd
import pytest
from benchmarks.fingerprint import DISTORTIONS, TWO

from factory.release.fingerprint import Tracer, embed, trace
from factory.release.fingerprint.marks import AGREEMENT, NUMBER_RATE
from factory.release.fingerprint.trace import FALSE_ACCUSATIONS, binomial_tail

SECRET = b"s" * 32
LICENCES = [f"L-{number}" for number in range(40)]


@pytest.fixture(scope="module")
def released():
    rng = np.random.default_rng(5)
    rows = 1500
    age = rng.integers(18, 90, rows)
    frame = pd.DataFrame(
        {
            "id": np.arange(1, rows + 1),
            "age": age,
            "sex": rng.choice(["F", "M"], rows),
            "ward": rng.choice(["A", "B", "C", "D"], rows),
            "lab": np.round(rng.normal(4.2, 0.9, rows), 2),
            "pressure": pd.array(rng.integers(80, 190, rows), dtype="Int64"),
            "weight": np.round(rng.normal(70, 14, rows), 1),
            "stay": rng.integers(1, 60, rows),
            "score": rng.integers(0, 100, rows),
            "pulse": rng.integers(45, 140, rows),
            "height": np.round(rng.normal(168, 9, rows), 1),
            "sodium": np.round(rng.normal(139, 4, rows), 1),
            "urea": np.round(rng.gamma(3, 2, rows), 1),
        }
    )
    frame.loc[rng.random(rows) < 0.1, "lab"] = np.nan
    frame.loc[rng.random(rows) < 0.1, "pressure"] = pd.NA
    return frame


def copy_of(released, licence, **options):
    return embed({"t": released}, SECRET, licence, {"t": ["id"]}, **options)


@pytest.fixture(scope="module")
def tracer(released):
    return Tracer({"t": released}, SECRET, LICENCES, {"t": ["id"]})


def test_the_same_licence_gives_the_same_copy_and_another_another(released):
    one, again, other = (copy_of(released, name).tables["t"] for name in ("L-1", "L-1", "L-2"))
    pd.testing.assert_frame_equal(one, again)
    assert not one.equals(other)


def test_marks_are_few_keep_types_range_levels_and_what_is_missing(released):
    made = copy_of(released, "L-1")
    copy = made.tables["t"]
    assert list(copy.dtypes) == list(released.dtypes)
    assert copy["id"].equals(released["id"])
    assert copy.isna().equals(released.isna())
    assert 0 < made.count < NUMBER_RATE * released.size
    for name in ("age", "lab", "pressure", "weight", "stay", "score"):
        assert released[name].min() <= copy[name].min() and copy[name].max() <= released[name].max()
    assert set(copy["ward"]) == set(released["ward"])
    assert np.allclose(copy["lab"].dropna() * 100 % 1, 0, atol=1e-6) or np.allclose(
        (copy["lab"].dropna() * 100).round() / 100, copy["lab"].dropna()
    )


@pytest.mark.parametrize("way", DISTORTIONS)
def test_a_leak_is_traced_under_every_distortion(released, tracer, way):
    for number in range(5):
        copies = [copy_of(released, LICENCES[number + k]).tables["t"].drop(columns="id") for k in (0, 1)]
        seen = tracer.trace({"t": DISTORTIONS[way](*copies, np.random.default_rng(number))})
        guilty = {LICENCES[number], LICENCES[number + 1]} if way in TWO else {LICENCES[number]}
        assert seen.named and set(seen.named) <= guilty


def test_nobody_is_named_by_the_released_tables_themselves_or_by_others_data(released, tracer):
    assert tracer.trace({"t": released}).named == ()
    other = released.apply(lambda column: column.sample(frac=1, random_state=9).to_numpy())
    assert tracer.trace({"t": other}).named == ()


def test_an_unknown_licensee_or_another_owners_secret_names_nobody(released, tracer):
    assert tracer.trace({"t": copy_of(released, "L-unknown").tables["t"]}).named == ()
    foreign = embed({"t": released}, b"x" * 32, "L-1", {"t": ["id"]}).tables["t"]
    assert tracer.trace({"t": foreign}).named == ()


def test_innocent_agreements_stay_within_the_bound(released):
    many = [f"M-{number}" for number in range(400)]
    leak = copy_of(released, "L-0").tables["t"]
    seen = trace({"t": released}, {"t": leak}, SECRET, many, {"t": ["id"]})
    trials = seen.accusations[0].differences
    assert trials > 100
    agreements = [item.agreements for item in seen.accusations]
    # The bound takes the greatest probability for every cell; the mean of 400 innocent licences lies under it.
    assert np.mean(agreements) <= AGREEMENT * trials
    assert seen.named == () and min(item.p for item in seen.accusations) > FALSE_ACCUSATIONS


def test_repeating_rows_does_not_make_an_innocent_agreement_count_more(released, tracer):
    leak = copy_of(released, "L-3").tables["t"]
    once, often = tracer.trace({"t": leak}), tracer.trace({"t": pd.concat([leak] * 10, ignore_index=True)})
    assert [item.p for item in once.accusations] == [item.p for item in often.accusations]


def test_tampering_with_every_tenth_cell_names_no_innocent_and_still_the_guilty(released, tracer):
    rng = np.random.default_rng(3)
    leak = copy_of(released, "L-3").tables["t"].copy()
    for name in ("age", "stay", "score"):
        noisy = rng.random(len(leak)) < 0.1
        leak.loc[noisy, name] = leak.loc[noisy, name] + rng.choice([-1, 1], noisy.sum())
    assert tracer.trace({"t": leak}).named == ("L-3",)


def test_a_row_whose_marks_break_a_rule_goes_back(released):
    def breaks(tables):
        return {
            name: (frame["stay"] > frame["score"] + 60).to_numpy() | (frame["age"] % 7 == 3).to_numpy()
            for name, frame in tables.items()
        }

    free, held = copy_of(released, "L-1"), copy_of(released, "L-1", breaks=breaks)
    assert held.taken_back > 0 and held.count == free.count - held.taken_back
    assert not (breaks(held.tables)["t"] & ~breaks({"t": released})["t"]).any()


def test_the_tail_is_that_of_a_binomial():
    assert binomial_tail(0, 10, 0.02) == 1.0
    assert binomial_tail(1, 1, 0.02) == pytest.approx(0.02)
    assert binomial_tail(2, 3, 0.5) == pytest.approx(0.5)


def test_a_table_with_nothing_in_common_is_recognised_nowhere(tracer):
    seen = tracer.trace({"t": pd.DataFrame({"x": [1, 2]}), "u": pd.DataFrame({"y": [1]})})
    assert (seen.rows, seen.recognised, seen.named) == (3, 0, ())
