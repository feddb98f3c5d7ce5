"""What Prometheus is told of a running room: right figures in the right format, and nobody's name, id or query."""

import re
import socket

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from serve.conftest import PASSWORD, serving
from unit.candidates import LICENCE, PEOPLE


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@pytest.fixture
def measured(tmp_path, store_url):
    port = _free_port()
    made = serving(tmp_path, store_url, "--metrics", str(port))
    yield made, f"http://127.0.0.1:{port}/metrics"
    made.process.terminate()
    made.process.wait(timeout=20)
    made.room.store.close()


def _figures(address):
    answer = httpx.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def _of(figures, name, **labels):
    return figures.get((name, *sorted(labels.items())), 0)


def test_requests_are_counted_by_the_route_as_it_is_declared(measured):
    served, address = measured
    client = served.signed_in("Dr Wong")
    for _ in range(3):
        assert client.get(f"/api/v1/candidates/{served.digest}").status_code == 200
    httpx.get(f"{served.url}/no/such/page?name=Chan")
    httpx.get(f"{served.url}/", headers={"host": "elsewhere.example"})
    figures = _figures(address)
    route = "/api/v1/candidates/{digest}"
    assert _of(figures, "factory_requests_total", method="GET", route=route, status="200") == 3
    assert _of(figures, "factory_requests_total", method="GET", route="none", status="404") == 1
    assert _of(figures, "factory_requests_total", method="GET", route="none", status="421") == 1
    assert _of(figures, "factory_request_seconds_count", route=route) == 3
    assert _of(figures, "factory_request_seconds_bucket", route=route, le="+Inf") == 3
    assert _of(figures, "factory_sent_bytes_total", route=route) > 300
    assert _of(figures, "factory_reviews", state="awaiting review") == 1


def test_a_refused_sign_in_is_counted(measured):
    served, address = measured
    httpx.post(f"{served.url}/sign-in", data={"name": "Dr Wong", "password": "not this one", "code": "000000"})
    assert _of(_figures(address), "factory_sign_ins_refused_total") == 1
    served.signed_in("Dr Wong")
    assert _of(_figures(address), "factory_sign_ins_refused_total") == 1


def test_a_first_vote_is_told_by_no_figure_before_the_review_is_decided(measured):
    served, address = measured
    said = []
    for name in ("Dr Wong", "Dr Lau"):
        client = served.signed_in(name)
        client.post(f"/api/v1/candidates/{served.digest}/comments", json={"text": "Read."})
        answer = client.post(f"/api/v1/candidates/{served.digest}/votes", json=served.vote(name))
        assert answer.status_code == 200, answer.text
        said.append(_figures(address))
    written = {"method": "POST", "route": "/api/v1/candidates/{digest}/(written)", "status": "200"}
    # A vote and a comment cannot be told apart.
    assert [_of(figures, "factory_requests_total", **written) for figures in said] == [2, 4]
    assert not [labels for figures in said for labels in figures if "votes" in str(labels[1:])]
    assert [_of(figures, "factory_votes_total") for figures in said] == [0, 2]


def test_no_name_id_or_query_is_said(measured):
    served, address = measured
    client = served.signed_in("Dr Wong")
    client.get("/?search=Cheung")
    client.get(f"/candidates/{served.digest}")
    httpx.get(f"{served.url}/data/wards.zip?purpose=no-restriction", headers={"authorization": "Bearer nothing"})
    text = httpx.get(address).text
    for hidden in (*PEOPLE, PASSWORD, LICENCE, served.digest, "Cheung", "wards", "no-restriction", "127.0.0.1"):
        assert hidden not in text
    labels = set(re.findall(r'(\w+)="', text))
    assert labels == {"method", "route", "status", "le", "state", "version"}


def test_figures_are_not_served_where_the_room_is(measured):
    served, address = measured
    assert httpx.get(f"{served.url}/metrics").status_code == 404
    assert httpx.get(address.replace("/metrics", "/")).status_code == 404
    assert httpx.get(f"{address}?x=1").status_code == 404


def test_a_place_that_is_no_port_is_one_sentence(factory, tmp_path):
    done = factory("serve", "--home", tmp_path / "room", "--port", "0", "--metrics", "here")
    assert done.returncode == 20
    assert "no port" in done.stderr
    assert "Traceback" not in done.stderr
