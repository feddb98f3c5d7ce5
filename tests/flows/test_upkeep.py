"""The flows of every night against a real Prefect server: what fell is a failed run, what ends is a table of counts."""

import json

import pytest
from catalogue import catalogue
from on_prefect import flow, of_flow, posted, table
from unit.candidates import LICENCE

from factory.core.errors import AssessmentFailed, DiskFull, OutputExists, StorageError
from flows.outcomes import worth_retrying


def test_what_ends_soon_is_a_table_of_names_and_days(server, home, tmp_path):
    store = f"sqlite:///{tmp_path / 'store.db'}"
    kept = catalogue(tmp_path / "kept", store)
    token = kept.token()
    kept.keeper.store.close()
    asked = f"expiry(ExpiryForm(home={str(kept.home)!r}, days=3660))"
    done = flow(asked, {**home, "PREFECT_API_URL": server, "FACTORY_STORE": store})
    assert done.returncode == 0, done.stderr
    assert of_flow(server)[0] == "COMPLETED"
    rows, said = table(server, "expiry-table")
    assert LICENCE in {row["what"] for row in rows} and said.startswith(f"{len(rows)} end within 3660 days")
    assert token not in json.dumps(posted(f"{server}/artifacts/filter", {}))


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (StorageError("x", "y"), True),
        (DiskFull("x", "y"), False),
        (OutputExists("x", "y"), False),
        (AssessmentFailed("x", "y"), False),
    ],
)
def test_only_what_another_moment_may_mend_is_tried_again(error, again):
    from prefect.states import Failed

    assert worth_retrying(None, None, Failed(data=error)) is again
