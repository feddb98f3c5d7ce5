"""The API asked what it does not expect, by Schemathesis, from its own description."""

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from serve.conftest import serving

EXAMPLES = 25


def test_nothing_that_is_asked_of_the_api_breaks_it(tmp_path):
    served = serving(tmp_path, f"sqlite:///{tmp_path / 'room.db'}")
    try:
        client = served.signed_in("Dr Wong")
        schema = schemathesis.openapi.from_dict(client.get("/api/v1/openapi.json").json())
        schema.config.base_url = served.url
        asked = 0
        for result in schema.get_all_operations():
            operation = result.ok()

            @settings(
                max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
                phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @_given(operation)
            def check(case):
                nonlocal asked
                if "/candidates/{digest}" in case.operation.path and asked % 2:
                    case.path_parameters["digest"] = served.digest  # half of them about one that is there
                answer = case.call(headers=dict(client.headers), cookies=dict(client.cookies))
                asked += 1
                assert answer.status_code < 500, (case.operation.label, answer.status_code)
                assert "Traceback" not in answer.text

            check()
        assert asked > 5 * EXAMPLES
        assert httpx.get(served.url + "/sign-in").status_code == 200
    finally:
        served.process.terminate()
        served.process.wait(timeout=20)


def _given(operation):
    from hypothesis import given

    return given(case=operation.as_strategy())
