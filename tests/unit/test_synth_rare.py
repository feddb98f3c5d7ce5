"""A category that fewer than k people hold is drawn by no engine that works on its own."""

import numpy as np
import pandas as pd
import pytest

import factory


def _ward(rows=240):
    dice = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "ward": dice.choice(["medical", "surgical"], rows).astype(object),
            "code": dice.choice([f"E11.{digit}" for digit in range(9)], rows).astype(object),
            "dose": dice.normal(10, 2, rows).round(1),
        }
    )
    frame.loc[:2, "ward"] = "hospice"
    frame.loc[3:12, "code"] = "Q99.1"
    return frame


@pytest.mark.parametrize("engine", ["trees", "sdv-gaussian-copula"])
def test_no_category_of_a_few_people_is_drawn(engine):
    made = factory.synthesize(_ward(), engine_name=engine, people=2000, seed=3)
    assert set(made["ward"].dropna()) == {"medical", "surgical"}
    assert "Q99.1" not in set(made["code"])
    assert made["ward"].notna().mean() > 0.97


def test_a_category_of_k_people_is():
    frame = _ward()
    frame.loc[:10, "ward"] = "hospice"
    made = factory.synthesize(frame, engine_name="sdv-gaussian-copula", people=2000, seed=3)
    assert "hospice" in set(made["ward"])
