"""What flows are started with is kept by Prefect, so that a form takes paths and names and nothing secret."""

import pytest
from pydantic import ValidationError

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
