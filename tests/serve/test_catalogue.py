"""A licensee's day with a catalogue, against a real server: what works in three commands, and what is refused how."""

import datetime as dt
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import types
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
import yaml
from catalogue import NAME, catalogue, sealed_now, today
from unit import candidates
from unit.candidates import LICENCE, OFFICER, licence_value

from factory.audit import Act, Outcome, append
from factory.catalog import cache, config, remote
from factory.catalog.keeper import pulls, usage
from factory.catalog.keeper import tokens as keeper_tokens
from factory.catalog.keeper.publishing import publish
from factory.core.errors import BundleInvalid, CatalogueUnreachable, KeyInvalid, NotReady, Revoked, TokenRefused
from factory.core.files import canonical_json, sha256_bytes, sha256_file
from factory.core.keys import load_private, sign
from factory.core.run import Run, RunState
from factory.release import status
from factory.release.seal import seal
from factory.release.ziparchive import read as read_zip
from factory.review import approve
from factory.review.people import People

_plain_candidate = candidates.write_candidate
LOAD = "import factory; print(factory.load('wards', 'patients')['patient_id'].tolist())"


@pytest.fixture
def there(tmp_path, store_url):
    made = catalogue(tmp_path, store_url)
    made.serve()
    yield made
    made.stop()
    made.keeper.store.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A sealed run, made once."""
    return sealed_now(tmp_path_factory.mktemp("sealed"))


@pytest.fixture
def kept(tmp_path, template):
    """A catalogue on SQLite that is served by nobody, for what hangs on neither."""
    root = template.run.root.parent
    for name in ("run", "run-keys", "run-licence.yaml"):
        path = root / name
        (shutil.copytree if path.is_dir() else shutil.copyfile)(path, tmp_path / name)
    copy = candidates.Made(Run(tmp_path / "run"), tmp_path / "run-keys", tmp_path / "run-licence.yaml")
    made = catalogue(tmp_path, _sqlite(tmp_path), made=copy)
    yield made
    made.stop()
    made.keeper.store.close()


@pytest.fixture
def here(kept):
    """The same, served."""
    kept.serve("--as", "Catalogue", "--key", str(kept.made.key("Catalogue")))
    return kept


def python(made, text):
    return subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, env=made.licensee(), timeout=120, check=False
    )


def officer(made, *words):
    return made.client("catalog", *words, "--home", made.home, "--store", made.store_url)


def revoke(made, what, reason="error"):
    key = made.made.key(OFFICER)
    return officer(made, "revoke", what, "--reason", reason, "--as", OFFICER, "--key", key)


def test_from_nothing_to_a_frame(there, tmp_path):
    words = ("login", there.url, "--trust", there.made.run.people, "--token-stdin")
    assert there.apart(*words, stdin=there.token()).stdout == "wards@1.0.0\n"
    config = tmp_path / "licensee" / "config" / "clinical-data-factory" / "catalogues.json"
    assert config.stat().st_mode & 0o777 == 0o600
    found = python(there, LOAD)
    assert found.stdout == "['a1', 'b2']\n", found.stderr
    pulled = there.apart("pull", "wards@1.0.0", "--purpose", "general-research-use", "--out", tmp_path / "out")
    assert pulled.returncode == 0 and (tmp_path / "out" / "data" / "patients.parquet").is_file()
    kinds = "[str(type(factory.load('wards', 'stays', as_=as_))) for as_ in ('arrow', 'duckdb')]"
    said = python(there, f"import factory; print({kinds})")
    assert "pyarrow.lib.Table" in said.stdout and "DuckDBPyRelation" in said.stdout, said.stderr


def test_what_was_pulled_serves_when_the_catalogue_is_away(here, tmp_path):
    here.login()
    assert python(here, LOAD).returncode == 0
    here.stop()
    again = python(here, LOAD)
    assert again.stdout == "['a1', 'b2']\n" and "does not answer" in again.stderr
    assert "not taken back as of" in again.stderr
    other = here.client("pull", "wards", "--purpose", "commercial", "--out", tmp_path / "other")
    assert other.returncode == 66  # nobody is there to ask, and the licence says so itself


def test_a_bundle_that_is_not_whole_is_not_used_and_not_kept(here, tmp_path):
    here.login()
    row = usage.uses(here.keeper)[0]
    sealed = next((here.home / "sealed").glob("*"), None)
    files = {path: path.read_bytes() for path in (here.home / "sealed").iterdir()}
    bundle = max(files, key=lambda path: len(files[path]))
    damaged = bytearray(files[bundle])
    damaged[len(damaged) // 2] ^= 1
    bundle.write_bytes(damaged)
    found = here.client("pull", "wards", "--out", tmp_path / "out")
    assert found.returncode == 67 and "not the file that was offered" in found.stderr
    assert not (tmp_path / "out").exists() and sealed is not None and row.pulls == 0
    bundle.write_bytes(files[bundle])
    assert here.client("pull", "wards", "--out", tmp_path / "out").returncode == 0


@pytest.mark.parametrize("token", ["cdf_" + "x" * 43, "a.b.c", "\N{SNOWMAN}"])
def test_another_token_is_refused(here, token):
    found = here.login(token)
    assert found.returncode == 64 and found.stderr.count("\n") <= 2 and token not in found.stderr


def test_an_ended_token_and_a_token_that_only_shows(here, tmp_path):
    token = here.token()
    assert here.login(token).returncode == 0
    officer(here, "end-token", keeper_tokens.digest_of(token)[:12])
    ended = here.client("pull", "wards", "--out", tmp_path / "out")
    assert ended.returncode == 64 and "was ended" in ended.stderr
    shows = here.token(scope="read")
    assert here.login(shows).returncode == 0
    assert httpx.get(f"{here.url}/api/v1/entry", headers={"authorization": f"Bearer {shows}"}).json()["name"] == NAME
    assert here.client("pull", "wards", "--out", tmp_path / "out").returncode == 64


def test_another_purpose_name_or_version_is_refused(here, tmp_path):
    here.login()
    out = tmp_path / "out"
    other = here.client("pull", "wards", "--purpose", "population-origins", "--out", out)
    assert other.returncode == 66 and "general-research-use" in other.stderr
    odd = here.client("pull", "wards", "--purpose", "Commercial resale", "--out", out)
    assert odd.returncode == 32 and "form it needs" in odd.stderr
    narrower = here.client("pull", "wards", "--purpose", "disease-specific-research", "--out", tmp_path / "narrow")
    assert narrower.returncode == 0
    assert here.client("pull", "wards@9.9.9", "--out", out).returncode == 32
    for name in ("unknown", "../wards", "wards@v1", "wards@1.0.0/..", "WARDS", "wards\0"):
        assert here.client("pull", name, "--out", out).returncode == 32
    assert not out.exists()


def test_a_licence_that_ended_is_refused_and_its_end_announced_before(tmp_path):
    terms = {"effective": today() - _days(40), "expires": today() - _days(1)}
    old = catalogue(tmp_path, _sqlite(tmp_path), made=sealed_now(tmp_path, licence=terms, ago=5), ago=5)
    token = old.token()
    old.serve()
    try:
        assert old.login(token).returncode == 0
        found = old.client("pull", "wards", "--out", tmp_path / "out")
        assert found.returncode == 65 and "expired on" in found.stderr
    finally:
        old.stop()
    soon = tmp_path / "soon"
    soon.mkdir()
    terms = {"effective": today() - _days(40), "expires": today() + _days(9)}
    ends = catalogue(soon, _sqlite(soon), made=sealed_now(soon, licence=terms))
    ends.serve()
    try:
        ends.login()
        found = ends.client("pull", "wards", "--out", soon / "out")
        assert found.returncode == 0 and "in 9 days" in found.stderr
        assert [use.state for use in usage.uses(ends.keeper)] == ["ends soon"]
    finally:
        ends.stop()


@pytest.mark.parametrize("what", ["wards@1.0.0", LICENCE])
def test_what_was_revoked_stops_at_once_and_verify_says_so(here, tmp_path, what):
    here.login()
    assert here.client("pull", "wards", "--out", tmp_path / "one").returncode == 0
    kept = tmp_path / "bundle.zip"
    shutil.copyfile(here.made.bundle_zip, kept)
    trust = ("--trust", here.made.run.people)
    before = here.client("verify", kept, *trust)
    assert (
        "unknown since it was sealed" in before.stdout
        and "no catalogue to ask" in here.client("verify", kept, *trust, "--online").stderr
    )
    status = tmp_path / "status.json"
    status.write_bytes(httpx.get(f"{here.url}/api/v1/status").content)
    assert "not taken back as of" in here.client("verify", kept, *trust, "--status", status).stdout
    revoked = revoke(here, what)
    assert revoked.returncode == 0, revoked.stderr
    again = here.client("pull", "wards", "--out", tmp_path / "two")
    assert again.returncode == 63 and "revoked on" in again.stderr and not (tmp_path / "two").exists()
    loaded = python(here, LOAD)
    assert "Revoked" in loaded.stderr
    late = tmp_path / "later.json"
    late.write_bytes(httpx.get(f"{here.url}/api/v1/status").content)
    found = here.client("verify", kept, *trust, "--status", late)
    assert found.returncode == 63 and found.stderr.count("\n") == 2
    assert here.client("verify", kept, *trust, "--status", status).returncode == 0  # as of then


def test_verify_online_asks_the_address_in_the_bundle(here, tmp_path):
    second = tmp_path / "second"
    made = sealed_now(second, status=here.url, version="1.1.0", licence={"id": "L-2"})
    # Another hospital's keys: its list is not theirs to sign.
    online = here.client("verify", made.run.bundle_zip("L-2"), "--trust", made.run.people, "--online")
    assert online.returncode == 51 and "not signed with the key you trust" in online.stderr
    here.stop()
    away = here.client("verify", made.run.bundle_zip("L-2"), "--trust", made.run.people, "--online")
    assert away.returncode == 67


def test_a_list_by_another_key_or_altered_is_refused(here, tmp_path):
    data = json.loads(httpx.get(f"{here.url}/api/v1/status").content)
    trust = ("--trust", here.made.run.people)
    for change in ({"name": OFFICER}, {"name": "Nobody"}, {"checkpoint": f"9:{'0' * 64}"}):
        altered = tmp_path / "altered.json"
        altered.write_bytes(canonical_json({**data, "status": {**data["status"], **change}}))
        found = here.client("verify", here.made.bundle_zip, *trust, "--status", altered)
        assert found.returncode == 51, found.stderr
    refused = here.client("serve", "--home", here.home, "--as", OFFICER, "--key", here.made.key(OFFICER), "--port", "0")
    assert refused.returncode == 50 and "does not have the role" in refused.stderr


def test_tokens_are_exchanged_hashed_and_never_shown(there):
    first = there.token()
    there.login(first)
    done = there.client("login", "--rotate", "wards")
    assert done.returncode == 0, done.stderr
    with there.keeper.store.reading() as connection:
        kept = [tuple(row) for row in connection.execute(sa.text("SELECT * FROM tokens"))]
        logged = [tuple(row) for row in connection.execute(sa.text("SELECT * FROM log_entries"))]
    assert len(kept) == 2 and first not in str(kept) + str(logged)
    header = {"authorization": f"Bearer {first}"}
    assert httpx.get(f"{there.url}/api/v1/me", headers=header).status_code == 200  # for an hour
    ended = [row for row in keeper_tokens.listed(there.keeper) if row.ended]
    assert len(ended) == 1 and first not in officer(there, "tokens").stdout
    with pytest.raises(TokenRefused, match="exchanged already"):
        keeper_tokens.rotate(there.keeper, first)
    # Ending one ends all it was exchanged for.
    assert keeper_tokens.end(there.keeper, keeper_tokens.digest_of(first)[:12], "terminal") == 2
    assert there.client("pull", "wards", "--out", there.folder / "out").returncode == 64


def test_a_token_in_an_address_or_a_cookie_counts_for_nothing(here):
    token = here.token()
    for asked in (f"/data/wards.zip?token={token}", f"/data/wards.zip?access_token={token}"):
        assert httpx.get(here.url + asked).status_code == 401
    assert httpx.get(f"{here.url}/data/wards.zip", cookies={"room": token}).status_code == 401
    answer = httpx.get(f"{here.url}/data/wards.zip", headers={"authorization": "Basic abc"})
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"


def test_usage_says_who_pulled_and_what_is_due(tmp_path, store_url):
    royalty = {"meter": "pull", "amount": "120.50", "currency": "HKD", "report_every_days": 90}
    made = sealed_now(tmp_path, licence={"royalty": royalty})
    paid = catalogue(tmp_path, store_url, made=made)
    paid.serve()
    try:
        paid.login()
        for number in (1, 2):
            assert paid.client("pull", "wards", "--out", tmp_path / f"out{number}").returncode == 0
        token = {"authorization": f"Bearer {paid.token()}"}
        whole = httpx.get(f"{paid.url}/data/wards.zip", headers=token)
        assert whole.status_code == 200 and sha256_bytes(whole.content) == sha256_file(made.bundle_zip)
        _until(lambda: usage.uses(paid.keeper)[0].bytes == 2 * made.bundle_zip.stat().st_size)
    finally:
        paid.stop()
    use = usage.uses(paid.keeper)[0]
    # The second `pull` found the file in the cache: nothing was sent.
    assert (use.pulls, use.copies, str(use.due), use.currency) == (2, 2, "241.00", "HKD")
    table = officer(paid, "usage", "--csv").stdout
    assert table.splitlines()[0].startswith("licence,licensee") and "241.00" in table
    assert officer(paid, "usage").stdout.count("\n") == 1
    proven = paid.client("audit", "verify", "--home", paid.home, "--store", store_url)
    assert proven.returncode == 0, proven.stderr
    paid.keeper.store.close()


@pytest.mark.parametrize(
    ("sent", "bytes_"),
    [
        ([(0, 1000)], 1000),
        ([(0, 600), (590, 410)], 1000),  # ten lay in buffers
        ([(0, 600), (400, 600)], 1200),  # more than ever lies there
        ([(0, 1000), (10, 990)], 1990),  # nothing was cut short
        ([(0, 600), (0, 1000)], 1600),  # begun anew
        ([(0, 600), (590, 200), (780, 220), (780, 220)], 1220),  # each cut is let off once
    ],
)
def test_what_lay_in_buffers_is_not_paid_twice(sent, bytes_):
    rows = [types.SimpleNamespace(who="token a", start=start, bytes=size) for start, size in sent]
    assert usage.counted(rows, 1000) == bytes_


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE pulls SET bytes = 1", "record of a pull"),
        ("DELETE FROM pulls", "The pull "),
        ("UPDATE licences SET revoked = NULL, reason = NULL", "The licence"),
        ("UPDATE releases SET deprecated = NULL", "The release"),
        ("UPDATE releases SET document = 'x'", "release or licence"),
        (
            "INSERT INTO tokens SELECT '{other}', licence, scope, created, expires, family, NULL FROM tokens",
            "The token",
        ),
        ("UPDATE tokens SET scope = 'read'", "The token"),
        ("UPDATE tokens SET ended = NULL", "The token"),
        ("DELETE FROM tokens", "The token"),
        ("UPDATE licences SET size = 1", "release or licence"),
        ("UPDATE licences SET file = '{other}'", "release or licence"),
        ("UPDATE releases SET entry = '{}'", "release or licence"),
        ("UPDATE clients SET created = '2020-01-01T00:00:00Z'", "The client"),
        ("UPDATE clients SET ended = '2020-01-01T00:00:00Z'", "The client"),
    ],
)
def test_a_row_that_the_log_does_not_hold_is_named(kept, change, named):
    token = kept.token()
    grant = pulls.granted(kept.keeper, keeper_tokens.bearer(kept.keeper, token), NAME)
    pulls.done(kept.keeper, pulls.begin(kept.keeper, grant, 0, ""), grant.size)
    keeper_tokens.admit_client(kept.keeper, "etl", LICENCE, "terminal")
    keeper_tokens.end(kept.keeper, keeper_tokens.digest_of(token)[:12], "terminal")
    key = kept.made.key(OFFICER)
    assert officer(kept, "deprecate", "wards@1.0.0", "--as", OFFICER, "--key", key).returncode == 0
    revoke(kept, LICENCE)
    audit = ("audit", "verify", "--home", kept.home, "--store", kept.store_url)
    assert kept.client(*audit).returncode == 0
    with kept.keeper.store.writing() as connection:
        connection.execute(sa.text(change.replace("{other}", "0" * 64)))
    found = kept.client(*audit)
    assert found.returncode == 30 and named in found.stderr


def test_a_withdrawn_person_leads_to_the_next_version(tmp_path):
    first = sealed_now(tmp_path)
    there = catalogue(tmp_path, _sqlite(tmp_path), made=first)
    assert publish(there.keeper, first.run)[1] == []  # again, it changes nothing
    before = _next_version(first, tmp_path, "1.1.0", "L-2")
    time.sleep(1.1)
    revoke(there, "wards@1.0.0", "error")
    revoke(there, "wards@1.0.0", "withdrawal")  # the second thought counts too
    assert "queued" in officer(there, "queue").stdout
    assert officer(there, "publish", before.run.root).stdout == "wards@1.1.0\n"
    assert "queued" in officer(there, "queue").stdout  # produced before, it holds the person still
    after = _next_version(first, tmp_path, "1.2.0", "L-3")
    published = officer(there, "publish", after.run.root)
    assert published.stdout == "wards@1.2.0\n", published.stderr
    assert "replaced by 1.2.0" in officer(there, "queue").stdout
    there.serve("--as", "Catalogue", "--key", str(first.key("Catalogue")))
    try:
        status = httpx.get(f"{there.url}/api/v1/status").json()["status"]
        assert [(item["reason"], item["successor"]) for item in status["revoked"]] == [("error", "1.2.0")]
        assert there.login(there.token("L-3")).stdout == "wards@1.2.0\n"
        assert there.client("pull", "wards", "--out", tmp_path / "out").returncode == 0
    finally:
        there.stop()
    home = ("--home", there.home, "--store", there.store_url)
    told = there.client("diff", "wards@1.0.0", "wards@1.1.0", *home)
    assert told.returncode == 0 and "by semantic versioning: patch" in told.stdout
    assert there.client("diff", first.run.root, before.run.bundle_zip("L-2")).stdout == told.stdout
    assert there.client("audit", "verify", *home).returncode == 0
    assert revoke(there, "wards@").returncode == 32
    assert revoke(there, "wards@1.2.0").returncode == 0
    there.serve("--as", "Catalogue", "--key", str(first.key("Catalogue")))
    status = httpx.get(f"{there.url}/api/v1/status").json()["status"]
    assert {item["successor"] for item in status["revoked"]} == {None}  # taken back, it replaces nothing
    there.stop()
    there.keeper.store.close()


def test_a_version_with_other_data_is_refused(kept, tmp_path):
    other = _next_version(kept.made, tmp_path, "1.0.0", "L-2", title="Others")
    found = officer(kept, "publish", other.run.root)
    assert found.returncode == 22 and "already, with other data" in found.stderr


def test_a_pull_that_was_granted_and_then_revoked_does_not_begin(here):
    token = here.token()
    bearer = keeper_tokens.bearer(here.keeper, token)
    grant = pulls.granted(here.keeper, bearer, NAME)
    pull = pulls.begin(here.keeper, grant, 0, "")
    assert pulls.goes_on(here.keeper, grant, pull, 10)
    revoke(here, LICENCE)
    assert not pulls.goes_on(here.keeper, grant, pull, 20)
    with pytest.raises(Revoked):
        pulls.begin(here.keeper, grant, 0, "")
    assert [row.bytes for row in usage.records(here.keeper)[0]] == [20]
    entry = httpx.get(f"{here.url}/api/v1/entry", headers={"authorization": f"Bearer {token}"})
    assert entry.status_code == 410 and "preview" not in entry.text
    with pytest.raises(Revoked):
        here.token()


@pytest.fixture
def stranger():
    """A catalogue that answers what a test wants."""
    answers = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = answers.get(self.path.partition("?")[0], b"{}")
            self.send_response(200)
            for name, value in answers.get("headers", {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield answers, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


GOOD = {"name": "wards", "version": "1.0.0", "licence": "L-1", "licensee": "Models Ltd", "expires": "2030-01-01"}


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../../ESCAPED"}, {"name": "/etc/x"}, {"name": "a\0b"}, {"licensee": "\x1b]0;pwn\x07"}, {"name": None},
        {"expires": "soon"}, {"licence": ["L-1"]},
    ],
)  # fmt: skip
def test_a_strangers_answer_is_no_path_and_no_escape(stranger, kept, tmp_path, change):
    answers, url = stranger
    answers["/api/v1/me"] = json.dumps({**GOOD, **change}).encode()
    found = kept.client("login", url, "--trust", kept.made.run.people, "--token-stdin", stdin="cdf_x\n")
    assert found.returncode == 67 and "\x1b" not in found.stderr and not list(tmp_path.rglob("ESCAPED*"))


def test_a_name_known_from_elsewhere_keeps_its_keys(stranger, here):
    answers, url = stranger
    here.login()
    answers["/api/v1/me"] = json.dumps(GOOD).encode()
    found = here.client("login", url, "--trust", here.made.run.people, "--token-stdin", stdin="cdf_x\n")
    assert found.returncode == 22 and "from another catalogue" in found.stderr


@pytest.mark.parametrize("body", [b"[" * 100_000, b"\xff", b"null", b"x" * (5 << 20), b'{"size": 1e999}'])
def test_an_answer_that_is_none_is_a_sentence(stranger, kept, body):
    answers, url = stranger
    answers["/api/v1/me"] = body
    found = kept.client("login", url, "--trust", kept.made.run.people, "--token-stdin", stdin="cdf_x\n")
    assert found.returncode == 67, found.stderr


def test_a_file_longer_than_was_said_is_not_taken(stranger, tmp_path):
    answers, url = stranger
    answers["/data/wards.zip"] = b"x" * 100_000
    answers["headers"] = {"etag": f'"{"a" * 64}"'}
    offer = remote.Offered(sha256="a" * 64, size=10, version="1.0.0", expires="2030-01-01", deprecated="")
    with pytest.raises(CatalogueUnreachable, match="not the file that was offered"):
        remote.fetch(url, "cdf_x", NAME, offer, tmp_path / "file.zip")
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == 0


def test_a_token_goes_to_no_proxy(here, stranger, monkeypatch):
    _, proxy = stranger
    monkeypatch.setenv("http_proxy", proxy)
    assert remote.offered(here.url, here.token(), NAME).version == "1.0.0"
    for url in ("http://data.hospital.example", "ftp://127.0.0.1", "data.hospital.example"):
        with pytest.raises(CatalogueUnreachable, match="no https address"):
            remote.offered(url, "cdf_x", NAME)


def test_a_list_that_forgets_or_speaks_for_too_long_is_refused(here, tmp_path, monkeypatch):
    monkeypatch.setenv("FACTORY_CACHE", str(tmp_path / "cache"))
    people = here.keeper.room.people()
    old = httpx.get(f"{here.url}/api/v1/status").content
    revoke(here, LICENCE)
    assert cache.asked_status(here.url, people).revoked
    answers, kept = {}, cache.status_path(here.url)
    monkeypatch.setattr(remote, "get", lambda *_: answers["now"])
    answers["now"] = old
    with pytest.raises(BundleInvalid, match="forgets"):
        cache.asked_status(here.url, people)
    assert status.read_status(kept, people).revoked
    key = load_private(here.made.key("Catalogue"))
    for at, until in (("2031-01-01T00:00:00Z", "2031-03-01T00:00:00Z"), ("soon", "~")):
        body = {**json.loads(old)["status"], "at": at, "until": until}
        made = {"format": 1, "status": body, "signature": sign(key, status.PURPOSE, canonical_json(body))}
        with pytest.raises(BundleInvalid):
            status.parse_status(canonical_json(made), people)
    # Once another key is trusted, the list of the one before stands in nobody's way.
    changed = People(people=tuple(person for person in people.people if person.name != "Catalogue"))
    with pytest.raises(KeyInvalid, match="does not name as catalogue"):
        cache.asked_status(here.url, changed)
    answers.clear()

    def away(*_):
        raise CatalogueUnreachable("It does not answer.", "")

    monkeypatch.setattr(remote, "get", away)
    assert cache.asked_status(here.url, changed) is None
    with pytest.raises(CatalogueUnreachable):
        cache.asked_status(here.url, people, must=True)


def test_a_table_altered_in_the_cache_is_taken_anew_and_a_good_bundle_is_kept(here, tmp_path, monkeypatch):
    here.login()
    monkeypatch.setenv("FACTORY_CACHE", str(tmp_path / "cache"))
    way = config.Access(here.url, here.token(), here.made.run.people)
    bundle = cache.pulled(way, NAME)
    path = cache.tables(bundle)["patients"]
    whole = path.read_bytes()
    path.write_bytes(whole[::-1])
    assert cache.tables(cache.pulled(way, NAME))["patients"].read_bytes() == whole
    other = sealed_now(tmp_path / "other")
    with pytest.raises(BundleInvalid, match="key that is not among those you trust"):
        cache.pulled(config.Access(here.url, here.token(), other.run.people), NAME)
    assert bundle.path.is_file()
    with pytest.raises(BundleInvalid, match="not the copy of licence L-9"):
        cache.pulled(config.Access(here.url, here.token(), here.made.run.people, "L-9"), NAME)
    with pytest.raises(NotReady):
        cache.pulled(way, "../wards")


@pytest.fixture
def large(tmp_path, monkeypatch):
    """A release of a hundred megabytes."""

    def write(folder, **changes):
        _plain_candidate(folder, **changes)
        with (folder / "large.bin").open("wb") as out:
            for _ in range(100):
                out.write(os.urandom(1 << 20))
        data = canonical_json({**candidates.candidate_value(folder), **changes})
        (folder / "candidate.json").write_bytes(data)
        return sha256_bytes(data)

    monkeypatch.setattr(candidates, "write_candidate", write)
    made = catalogue(tmp_path, _sqlite(tmp_path))
    made.serve()
    yield made
    made.stop()
    made.keeper.store.close()


def test_a_pull_goes_on_when_the_server_was_killed(large, tmp_path):
    token = large.token()
    offer = remote.offered(large.url, token, NAME)
    killed = []

    def told(here, size):
        if here > size // 3 and not killed:
            killed.append(here)
            large.process.send_signal(signal.SIGKILL)
            large.process.wait()
            large.serve()

    target = tmp_path / "there.zip"
    remote.fetch(large.url, token, NAME, offer, target, told=told)
    assert killed and sha256_file(target) == sha256_file(large.made.bundle_zip) == offer.sha256
    with target.open("rb") as handle:
        assert "large.bin" in read_zip(handle)


def test_a_pull_goes_on_when_the_client_was_killed(large, tmp_path):
    assert large.login().returncode == 0
    size = large.made.bundle_zip.stat().st_size
    command = [sys.executable, "-m", "factory.cli", "pull", "wards", "--out", str(tmp_path / "out")]
    client = subprocess.Popen(command, env=large.licensee(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    cache = tmp_path / "licensee" / "cache" / "clinical-data-factory" / "bundles"
    deadline = time.monotonic() + 60
    while client.poll() is None and time.monotonic() < deadline:
        part = next(cache.glob("*.part"), None) if cache.is_dir() else None
        if part is not None and part.stat().st_size > size // 10:
            client.send_signal(signal.SIGKILL)
            break
        time.sleep(0.001)
    client.wait(timeout=60)
    assert client.returncode == -signal.SIGKILL and not (tmp_path / "out").exists()
    there = next(cache.glob("*.part")).stat().st_size
    assert size // 10 < there < size
    again = large.client("pull", "wards", "--out", tmp_path / "out")
    assert again.returncode == 0, again.stderr
    assert sha256_file(next(cache.glob("*.zip"))) == sha256_file(large.made.bundle_zip)
    _until(lambda: all(row.ended for row in usage.records(large.keeper)[0]))
    assert sorted(row.start for row in usage.records(large.keeper)[0]) == [0, there]


def test_the_server_works_as_a_user_who_cannot_read_the_source_zone(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("only root can start a process as another user")
    with tempfile.TemporaryDirectory(prefix="factory-zone-") as named:
        root = Path(named)
        root.chmod(0o755)
        made = sealed_now(root)
        (made.run.source / "raw.csv").write_text("a secret of the source zone\n")
        there = catalogue(root, _sqlite(root), made=made)
        there.keeper.store.close()
        for path in (there.home, *there.home.rglob("*")):
            shutil.chown(path, "nobody", "nogroup")
        shutil.chown(there.home, "nobody", "nogroup")
        as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        read = subprocess.run([*as_nobody, "cat", str(made.run.source / "raw.csv")], capture_output=True, check=False)
        assert read.returncode != 0 and b"Permission denied" in read.stderr
        command = [*as_nobody, sys.executable, "-m", "factory.cli", "serve", "--home", str(there.home), "--port", "0"]
        # The code in a place of its own, for a clone in somebody's home is closed to others.
        shutil.copytree(Path(config.__file__).parents[1], root / "code" / "factory")
        environment = {**os.environ, "HOME": str(there.home), "PYTHONPATH": str(root / "code")}
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=there.home
        )
        try:
            there.url = process.stdout.readline().strip().rstrip("/")
            assert there.url, process.stderr.read()
            assert f"Uid:\t{65534}" in Path(f"/proc/{process.pid}/status").read_text()
            token = there.token()
            for path in there.home.glob("room.db*"):
                shutil.chown(path, "nobody", "nogroup")
            assert there.login(token).returncode == 0
            assert there.client("pull", "wards", "--out", root / "out").returncode == 0
        finally:
            process.terminate()
            process.wait(timeout=20)


def _next_version(first, tmp_path, version, licence, **changes):
    """Another release of the same people."""
    root = tmp_path / licence
    made = candidates.Made(Run(root / "run"), first.keys, root / "licence.yaml")
    made.run.create()
    shutil.copyfile(first.run.people, made.run.people)
    by = (today() + _days(20)).isoformat()
    digest = candidates.write_candidate(made.run.candidate, version=version, review_by=by, **changes)
    said = {"producer": candidates.PRODUCER, "contract": candidates.CONTRACT, "title": "Wards"}
    made.run.set_state(state=RunState.AWAITING_REVIEW.value, **said)
    append(made.run.audit, candidates.PRODUCER, Act.PRODUCE, digest, Outcome.DONE)
    terms = licence_value(id=licence, effective=today(), expires=today() + _days(90))
    made.licence.write_text(yaml.safe_dump(terms), encoding="utf-8")
    for person in ("Dr Wong", "Dr Lau"):
        approve(made.run, person, made.key(person), reason="Read in full.")
    seal(made.run, made.signed(now=_now()), OFFICER, made.key(OFFICER))
    return made


def _now():
    return dt.datetime.now(dt.UTC)


def _days(number):
    return dt.timedelta(days=number)


def _sqlite(folder):
    return f"sqlite:///{folder / 'room' / 'room.db'}"


def _until(holds, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
