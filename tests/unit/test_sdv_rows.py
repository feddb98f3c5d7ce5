"""SDV's row models: what they keep of a frame, what they refuse, and that nothing leaves beside the rows drawn."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback

import numpy as np
import pandas as pd
import pytest
import torch
from sdmetrics.single_column import KSComplement, TVComplement

from factory.core.errors import ColumnMissing, EmptyTable, FactoryError, InternalError, NotReady, WrongType
from factory.synth.rows import Field
from factory.synth.sdv import quiet
from factory.synth.sdv.coding import Coding
from factory.synth.sdv.contest import choose
from factory.synth.sdv.copula import CopulaRows
from factory.synth.sdv.latent import draw
from factory.synth.sdv.marginals import Curve, Empirical
from factory.synth.sdv.networks import CopulaGanRows, CtganRows, TvaeRows, epochs_for

MODELS = {
    "copula": CopulaRows,
    "ctgan": lambda: CtganRows(epochs=2),
    "tvae": lambda: TvaeRows(epochs=2),
    "copulagan": lambda: CopulaGanRows(epochs=2),
}
FIELDS = {
    "lab": Field("number", minimum=0, maximum=40),
    "血壓": Field("integer"),
    "病區": Field("category", levels=("內科", "外科", "兒科")),
    "same": Field("category"),
    "never": Field("category"),
    "never measured": Field("number"),
    "visits": Field("integer"),
    "months": Field("integer"),
    "smokes": Field("category"),
    "one or none": Field("integer"),
    "consents": Field("category"),
}


def a_frame(rows: int, seed: int = 0) -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "lab": np.where(dice.random(rows) < 0.2, 0, dice.lognormal(0, 1, rows).clip(0, 40).round(2)),
            "血壓": pd.array(dice.integers(80, 200, rows), dtype="Int64"),
            "病區": dice.choice(np.array(["內科", "外科", None], dtype=object), rows),
            "same": np.array(["x"] * rows, dtype=object),
            "never": np.array([None] * rows, dtype=object),
            "never measured": np.full(rows, np.nan),
            "visits": dice.integers(0, 5, rows),
            "months": np.where(dice.random(rows) < 0.3, np.nan, dice.integers(0, 50, rows)),
            "smokes": dice.random(rows) < 0.5,
            "one or none": pd.array(np.where(dice.random(rows) < 0.5, 3, None), dtype="Int64"),
            "consents": dice.choice(np.array([True, False], dtype=object), rows),
        }
    )


def fitted(model, frame, fields=FIELDS, people=None, seed=3):
    model.fit(frame, fields, np.arange(len(frame)) if people is None else people, seed)
    return model


def alone(values, **field):
    """Rows of one column, drawn by a copula fitted on it."""
    frame = pd.DataFrame({"a": values})
    return fitted(CopulaRows(), frame, {"a": Field(**field)}).sample(500, 1)["a"]


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return fitted(MODELS[request.param](), a_frame(300))


def test_rows_have_the_columns_order_and_types_of_the_frame(model):
    frame, drawn, none = a_frame(300), model.sample(80, 4), model.sample(0, 4)
    assert len(drawn) == 80 and len(none) == 0
    for made in (drawn, none):
        assert list(made.columns) == list(frame.columns)
        assert dict(made.dtypes) == dict(frame.dtypes)
    for name in frame:
        if frame[name].dtype == object:
            assert set(drawn[name]) <= set(frame[name].where(frame[name].notna(), None)), name


def test_values_keep_domain_decimals_and_missing_ones(model):
    drawn = model.sample(200, 4)
    assert drawn["lab"].between(0, 40).all()
    assert np.allclose(drawn["lab"], drawn["lab"].round(2))
    assert (drawn["months"].dropna() % 1 == 0).all()
    assert drawn["never"].isna().all() and drawn["never measured"].isna().all()
    assert (drawn["same"] == "x").all()
    assert set(drawn["one or none"].dropna()) == {3} and 0 < drawn["one or none"].isna().mean() < 1
    assert 0 < drawn["months"].isna().mean() < 1


def test_a_seed_gives_the_same_rows_and_another_others(model):
    first, again, other = model.sample(60, 7), model.sample(60, 7), model.sample(60, 8)
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


@pytest.mark.parametrize("name", MODELS)
def test_fitting_again_from_the_same_seed_gives_the_same_rows(name):
    frame = a_frame(120)
    drawn = [fitted(MODELS[name](), frame, seed=seed).sample(30, 1) for seed in (5, 5)]
    pd.testing.assert_frame_equal(*drawn)


@pytest.mark.parametrize("name", MODELS)
def test_global_generators_are_left_as_they_were(name):
    numpy, pytorch = np.random.get_state()[1].copy(), torch.get_rng_state().clone()
    fitted(MODELS[name](), a_frame(40)).sample(10, 1)
    assert (np.random.get_state()[1] == numpy).all() and torch.equal(torch.get_rng_state(), pytorch)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("rows", [1, 2, 7])
def test_few_rows_are_enough(name, rows):
    frame = a_frame(rows)
    drawn = fitted(MODELS[name](), frame).sample(9, 1)
    assert len(drawn) == 9 and dict(drawn.dtypes) == dict(frame.dtypes)


@pytest.mark.parametrize("name", MODELS)
def test_duplicated_rows_are_no_obstacle(name):
    frame = pd.concat([a_frame(3)] * 40, ignore_index=True)
    assert len(fitted(MODELS[name](), frame).sample(20, 1)) == 20


@pytest.mark.parametrize(("model", "count"), [(CopulaRows(), 5_000), (CtganRows(epochs=1), 300)])
def test_so_many_categories_as_no_network_has_columns_for(model, count):
    codes = np.array([f"E{number:04d}" for number in range(count)], dtype=object)
    frame = pd.DataFrame({"code": codes, "age": np.arange(count) % 90})
    drawn = fitted(model, frame, {"code": Field("category"), "age": Field("integer")}).sample(200, 1)
    assert set(drawn["code"]) <= set(codes) and drawn["code"].nunique() > 20


def test_missing_and_present_are_drawn_as_often_as_they_are():
    values = pd.array(np.where(np.arange(900) % 3 == 0, None, np.arange(900) % 40), dtype="Int64")
    assert alone(values, kind="integer").isna().mean() == pytest.approx(1 / 3, abs=0.08)


def test_without_bounds_nobodys_extreme_is_drawn():
    values = np.append(np.random.default_rng(0).normal(100, 10, 600), [9_999.0, 0.5])
    drawn = alone(values, kind="number")
    assert drawn.max() < 9_999 and drawn.min() > 0.5


def test_an_extreme_of_one_person_counts_once_however_many_rows_have_it():
    values = np.append(np.random.default_rng(0).normal(100, 10, 600), [9_999.0] * 4)
    people = np.append(np.arange(600), [600] * 4)
    drawn = fitted(CopulaRows(), pd.DataFrame({"a": values}), {"a": Field("number")}, people).sample(900, 1)
    assert drawn["a"].max() < 9_999


def test_bounds_of_the_contract_hold():
    drawn = alone(np.random.default_rng(0).normal(0, 10, 500), kind="number", minimum=-5, maximum=8)
    assert drawn.min() >= -5 and drawn.max() <= 8


def skewed(rows: int, seed: int) -> tuple[pd.DataFrame, dict[str, Field]]:
    dice = np.random.default_rng(seed)
    ill = dice.normal(size=rows)
    ward = np.where(ill + dice.normal(size=rows) > 1, "ICU", "ward").astype(object)
    made = {
        # Labs whose smaller values are reported as the limit of detection.
        "crp": np.exp(1 + 1.2 * ill + 0.3 * dice.normal(size=rows)).clip(1.5).round(1),
        "troponin": np.exp(-2 + 2 * ill + dice.normal(size=rows)).clip(0.2).round(2),
        "ferritin": np.exp(5 + 0.9 * dice.normal(size=rows) + 0.5 * ill).round(0),
        "stays": pd.array(dice.negative_binomial(1, 0.6, rows), dtype="Int64"),
        "ward": ward,
    }
    fields = {name: Field("number", minimum=0) for name in ("crp", "troponin", "ferritin")}
    return pd.DataFrame(made), {**fields, "stays": Field("integer", minimum=0), "ward": Field("category")}


def shapes(real: pd.DataFrame, made: pd.DataFrame) -> list[float]:
    return [
        TVComplement.compute(real[name], made[name])
        if real[name].dtype == object
        else KSComplement.compute(real[name].astype(float), made[name].astype(float))
        for name in real
    ]


def test_skewed_labs_with_spikes_keep_their_shapes_as_well_as_independent_marginals():
    frame, fields = skewed(3_000, 0)
    model = fitted(CopulaRows(), frame, fields)
    drawn = model.sample(3_000, 1)
    independent = pd.DataFrame({name: frame[name].sample(3_000, replace=True, random_state=1) for name in frame})
    assert min(shapes(frame, drawn)) >= 0.95
    assert np.mean(shapes(frame, drawn)) >= np.mean(shapes(frame, independent)) - 0.01
    assert model.marginals()["troponin"] == "empirical"


def test_dependence_on_detection_limits_and_categories_is_not_weakened():
    frame, fields = skewed(3_000, 0)
    drawn = fitted(CopulaRows(), frame, fields).sample(3_000, 1)
    for one, other in (("crp", "troponin"), ("crp", "ferritin")):
        real, made = (table[[one, other]].corr("spearman").iloc[0, 1] for table in (frame, drawn))
        assert made == pytest.approx(real, abs=0.06)
    real, made = (np.log(t["crp"] + 1).groupby(t["ward"]).mean() for t in (frame, drawn))
    assert made["ICU"] - made["ward"] == pytest.approx(real["ICU"] - real["ward"], abs=0.15)


def test_a_column_gets_the_marginal_that_fits():
    dice = np.random.default_rng(1)
    assert choose(dice.normal(5, 2, 1_500), None, None, dice).name in ("norm", "beta", "truncnorm")
    assert choose(dice.gamma(2, 3, 1_500), 0, None, dice).name in ("gamma", "beta")
    assert choose(np.append(np.zeros(600), dice.gamma(2, 3, 900)), 0, None, dice).name == "empirical"
    two_humps = np.append(dice.normal(0, 1, 800), dice.normal(30, 1, 800))
    assert choose(two_humps, None, None, dice).name == "empirical"


def test_the_empirical_marginal_keeps_no_lone_value():
    values = np.random.default_rng(2).lognormal(0, 1, 400)
    marginal = Empirical.of(values)
    assert not np.isin(marginal.knots, values).any()
    low, high = marginal.scores(values)
    inner = np.isfinite(low) & np.isfinite(high)
    assert (low[inner] == high[inner]).all() and (~inner).sum() <= 10
    assert np.corrcoef(marginal.values(low[inner]), values[inner])[0, 1] > 0.97


def test_sdvs_kernel_estimate_can_be_a_marginal():
    values = np.random.default_rng(3).normal(0, 1, 60)
    curve = Curve.of("gaussian_kde", values, None, None)
    low, _ = curve.scores(values)
    assert np.allclose(curve.values(low), values, atol=1e-3)


def test_latent_scores_stay_in_their_intervals_and_find_the_correlation():
    dice = np.random.default_rng(4)
    true = dice.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 4_000)
    low, high = np.where(true > 0, 0.0, -np.inf), np.where(true > 0, np.inf, 0.0)
    scores = draw(low, high, dice)
    assert np.corrcoef(scores.T)[0, 1] == pytest.approx(0.8, abs=0.06)


def test_sdvs_metadata_holds_no_name_no_category_and_no_extreme(model):
    said = str(model._model.metadata.to_dict()) + str(model._model.get_metadata("original").to_dict())
    for name, field in FIELDS.items():
        assert name not in said
        for level in field.levels or ():
            assert level not in said
    assert set(model._model.metadata.tables["rows"].columns) == {part.name for part in model._coding.parts}
    kinds = [set(column) for column in model._model.metadata.to_dict()["tables"]["rows"]["columns"].values()]
    assert all(keys == {"sdtype"} for keys in kinds)


def test_rows_are_not_kept_after_the_fit(model):
    assert model._coding._numbers == []


@pytest.mark.parametrize("name", MODELS)
def test_a_table_without_rows_is_refused(name):
    with pytest.raises(EmptyTable):
        fitted(MODELS[name](), a_frame(5).iloc[:0])


@pytest.mark.parametrize("name", MODELS)
def test_sampling_before_fitting_is_refused(name):
    with pytest.raises(NotReady):
        MODELS[name]().sample(3, 1)


@pytest.mark.parametrize("name", MODELS)
def test_a_frame_without_columns_gives_rows_without_columns(name):
    assert fitted(MODELS[name](), pd.DataFrame(index=range(4)), {}).sample(3, 1).shape == (3, 0)


def test_a_column_without_a_field_is_named():
    with pytest.raises(ColumnMissing, match="lab"):
        fitted(CopulaRows(), a_frame(5), {})


@pytest.mark.parametrize("bad", [["1.5", "SECRET"], [1.0, np.inf]])
def test_what_is_no_number_is_refused_without_its_value(bad):
    with pytest.raises(WrongType) as caught:
        Coding(pd.DataFrame({"a": bad}), {"a": Field("number")}, np.arange(2), 1, one_hot=0, raw=False)
    assert "SECRET" not in str(caught.value) and "inf" not in str(caught.value).split()


def test_an_error_of_sdvs_comes_out_without_its_words(monkeypatch):
    def broken(*_):
        raise ValueError("the value SECRET is unseen")

    monkeypatch.setattr("sdv.single_table.CTGANSynthesizer.fit", broken)
    with pytest.raises(InternalError) as caught:
        fitted(CtganRows(epochs=1), a_frame(30))
    assert "SECRET" not in str(caught.value) and "ValueError" in str(caught.value)
    assert "SECRET" not in "".join(traceback.format_exception(caught.value))


def test_our_own_errors_pass():
    with pytest.raises(FactoryError, match="ours"), quiet.quietly("X", 1):
        raise FactoryError("ours")


def test_nothing_is_printed_or_logged(capfd, caplog):
    caplog.set_level(0)
    codes = np.array([f"c{number}" for number in range(50)] * 4, dtype=object)
    frame = pd.DataFrame({f"a{at}": codes for at in range(25)})
    fitted(CtganRows(epochs=1), frame, {name: Field("category") for name in frame}).sample(5, 1)
    fitted(CopulaRows(), a_frame(50)).sample(5, 1)
    out, err = capfd.readouterr()
    assert out == "" and err == ""
    assert [record.name for record in caplog.records if not record.name.startswith("asyncio")] == []


def test_epochs_fall_with_the_rows():
    assert [epochs_for(rows) for rows in (10, 5_000, 50_000, 10_000_000)] == [300, 300, 30, 20]


WATCHED = """
import sys
seen = []
def hook(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "os.mkdir", "os.rename"):
        seen.append((event, str(args[0])))
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+") and args[0] != "/dev/null":
        seen.append((event, str(args[0])))
sys.addaudithook(hook)
import numpy as np, pandas as pd
from factory.synth.rows import Field
from factory.synth.sdv.copula import CopulaRows
from factory.synth.sdv.networks import CtganRows
frame = pd.DataFrame({"a": np.arange(60.0), "b": np.array(["x", "y"] * 30, dtype=object)})
for model in (CopulaRows(), CtganRows(epochs=1)):
    model.fit(frame, {"a": Field("number"), "b": Field("category")}, np.arange(60), 1)
    model.sample(5, 1)
# PyTorch makes an empty folder for compiled code when it is imported.
print([one for one in seen if "/dev/null" not in one[1] and "torchinductor" not in one[1]])
"""


def test_no_file_is_written_and_no_connection_opened(tmp_path):
    env = {**os.environ, "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1", "XDG_DATA_HOME": str(tmp_path / "data")}
    run = subprocess.run(
        [sys.executable, "-c", WATCHED], capture_output=True, text=True, env=env, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "[]"
    assert list(tmp_path.iterdir()) == []
