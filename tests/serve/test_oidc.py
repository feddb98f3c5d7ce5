"""Signing in through an OpenID provider that is a process of its own."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml
from catalogue import catalogue
from playwright.sync_api import expect
from serve.conftest import serving
from unit.candidates import LICENCE

from factory.catalog.keeper import tokens
from factory.core.errors import ContractError
from factory.serve.oidc import load_provider

PROVIDER = Path(__file__).parent / "provider.py"


@pytest.fixture
def with_provider(tmp_path):
    """A room that knows a provider which behaves as `mode` says."""
    ends = []

    def made(mode="good", email="wong@hospital.example"):
        provider = subprocess.Popen([sys.executable, str(PROVIDER), email, mode], stdout=subprocess.PIPE, text=True)
        issuer = f"http://127.0.0.1:{provider.stdout.readline().strip()}"
        config = tmp_path / f"{mode}.yaml"
        people = {"wong@hospital.example": "Dr Wong", "ghost@hospital.example": "Dr Ghost"}
        config.write_text(yaml.safe_dump({"issuer": issuer, "client_id": "review-room", "people": people}))
        here = tmp_path / mode
        here.mkdir()
        served = serving(here, f"sqlite:///{here / 'room.db'}", "--oidc", str(config))
        ends.extend([provider, served.process])
        return served

    yield made
    for process in ends:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def with_clients(tmp_path):
    """A catalogue that knows a provider, and a way to ask that provider for a client's token."""
    ends = []

    def made(mode="good"):
        provider = subprocess.Popen([sys.executable, str(PROVIDER), "x", mode], stdout=subprocess.PIPE, text=True)
        issuer = f"http://127.0.0.1:{provider.stdout.readline().strip()}"
        config = tmp_path / "provider.yaml"
        known = {"issuer": issuer, "client_id": "review-room", "people": {"x": "Dr Wong"}, "audience": "catalogue"}
        config.write_text(yaml.safe_dump(known))
        there = catalogue(tmp_path, f"sqlite:///{tmp_path / 'room' / 'room.db'}")
        tokens.admit_client(there.keeper, "models-etl", LICENCE, "terminal")
        there.serve("--oidc", str(config))
        ends.extend([provider, there.process])

        def token(client="models-etl", audience="catalogue"):
            form = {"grant_type": "client_credentials", "client_id": client, "audience": audience}
            return httpx.post(issuer + "/token", data=form).json()["access_token"]

        return there, token

    yield made
    for process in ends:
        process.terminate()
        process.wait(timeout=20)


def _pulls(there, token):
    return httpx.get(f"{there.url}/data/wards.zip", headers={"authorization": f"Bearer {token}"})


def test_a_client_of_the_provider_pulls_under_its_licence(with_clients):
    there, token = with_clients()
    assert _pulls(there, token()).status_code == 200
    stranger = _pulls(there, token(client="another"))
    assert stranger.status_code == 401 and "the catalogue does not" in stranger.json()["message"]
    # What signs a person in is made out to another: no pass for a client.
    assert _pulls(there, token(audience="review-room")).status_code == 401
    whole = token().split(".")
    assert _pulls(there, ".".join([whole[0], whole[1], whole[2][::-1]])).status_code == 401


@pytest.mark.parametrize("mode", ["audience", "issuer", "expired", "key"])
def test_a_clients_token_that_is_not_right_pulls_nothing(with_clients, mode):
    there, token = with_clients(mode)
    refused = _pulls(there, token())
    assert refused.status_code == 401 and "cannot be trusted" in refused.json()["message"]


def walk(served):
    client = httpx.Client(base_url=served.url, timeout=30)
    there = client.get("/sign-in/provider")
    assert there.status_code == 303, there.text
    back = httpx.get(there.headers["location"])
    return client, client.get(back.headers["location"])


def test_who_the_provider_knows_is_signed_in_and_a_browser_keeps_the_session(with_provider, browser):
    served = with_provider()
    client, entered = walk(served)
    assert entered.status_code == 200 and "SameSite=strict" in entered.headers["set-cookie"]
    assert "Dr Wong" in client.get("/account").text
    page = browser.new_context().new_page()
    page.goto(served.url + "/sign-in")
    page.click("text=Sign in with your organisation")
    page.wait_for_url(served.url + "/")
    expect(page.locator("h1")).to_have_text("Candidates")


@pytest.mark.parametrize(
    "mode", ["nonce", "audience", "issuer", "expired", "key", "none", "unverified", "unsaid", "several", "other-party"]
)
def test_a_token_that_is_not_right_signs_nobody_in(with_provider, mode):
    client, refused = walk(with_provider(mode))
    assert refused.status_code == 409
    assert client.get("/account").status_code == 303


def test_who_is_in_no_list_or_not_registered_stays_out(with_provider):
    for mode, email in (("a", "stranger@hospital.example"), ("b", "ghost@hospital.example")):
        client, refused = walk(with_provider(mode, email))
        assert refused.status_code == 409 and "this room does not" in refused.text
        assert client.get("/account").status_code == 303


@pytest.mark.parametrize("issuer", ["http://id.hospital.example", "ftp://127.0.0.1", "id.hospital.example"])
def test_a_provider_that_anybody_on_the_way_could_answer_for_is_refused(tmp_path, issuer):
    path = tmp_path / "provider.yaml"
    path.write_text(yaml.safe_dump({"issuer": issuer, "client_id": "x", "people": {"a": "b"}}))
    with pytest.raises(ContractError, match="https"):
        load_provider(path)


def test_an_answer_nobody_asked_for_is_refused(with_provider):
    served = with_provider()
    client = httpx.Client(base_url=served.url)
    assert client.get("/sign-in/back", params={"state": "x", "code": "code-1"}).status_code == 409
    client.get("/sign-in/provider")
    assert client.get("/sign-in/back", params={"state": "forged", "code": "code-1"}).status_code == 409
    assert client.get("/account").status_code == 303
