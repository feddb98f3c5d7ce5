"""What flows are started with is kept by Prefect, so that a form takes paths and names and nothing secret."""

import pytest
from pydantic import ValidationError

from factory.core.errors import RunError
from factory.core.spread import ALONE, Spread
from flows.forms import ProduceForm


def test_a_database_is_named_without_its_password():
    form = ProduceForm(run="runs/first", contract="contract.yaml", data="postgresql://reader@localhost/hospital")
    assert form.data == "postgresql://reader@localhost/hospital"


@pytest.mark.parametrize(
    "data", ["postgresql://reader:hunter2@localhost/hospital", "postgresql://localhost/h?password=hunter2"]
)
def test_an_address_with_a_password_is_refused_and_not_repeated(data):
    with pytest.raises(ValidationError) as refused:
        ProduceForm(run="runs/first", contract="contract.yaml", data=data)
    assert "hunter2" not in str(refused.value)


def test_there_is_no_field_for_a_seed():
    with pytest.raises(ValidationError):
        ProduceForm.model_validate({"run": "runs/first", "seed": 1})


@pytest.mark.parametrize(
    ("named", "spread"),
    [({}, ALONE), ({"workers": 3}, Spread(3)), ({"dask": "tcp://127.0.0.1:8786"}, Spread(1, "tcp://127.0.0.1:8786"))],
)
def test_work_is_spread_as_the_form_says(named, spread):
    assert ProduceForm(run="runs/first", **named).spread == spread


@pytest.mark.parametrize(
    ("named", "error"),
    [
        ({"workers": 0}, ValidationError),
        ({"workers": 10_000}, ValidationError),
        ({"dask": "tcp://a:hunter2@127.0.0.1:8786"}, (ValidationError, RunError)),
        ({"dask": "127.0.0.1"}, RunError),
        ({"dask": "tcp://127.0.0.1:8786", "workers": 2}, RunError),
    ],
)
def test_workers_that_cannot_be_are_refused_in_a_sentence(named, error):
    with pytest.raises(error) as refused:
        _ = ProduceForm(run="runs/first", **named).spread
    assert "hunter2" not in str(refused.value)
