"""What somebody might try against the room, each refused."""

import asyncio
import datetime as dt
import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from serve.conftest import PASSWORD, serving, start
from unit.candidates import PRODUCER

from factory.audit import Act
from factory.core.errors import StorageError
from factory.core.run import RunState
from factory.review.people import Person, Role
from factory.review.room import open_room
from factory.review.room.accounts import get_account
from factory.serve.accounts import change_password, create_account, open_session, visitor
from factory.serve.permissions import ALLOWED, Action, may
from factory.store import log


def votes_path(served, digest=None):
    return f"/api/v1/candidates/{digest or served.digest}/votes"


def test_two_approve_over_http_and_a_third_comes_too_late(served):
    for name in ("Dr Wong", "Dr Lau"):
        answer = served.signed_in(name).post(votes_path(served), json=served.vote(name))
        assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "approved"
    late = served.signed_in("Dr Ho").post(votes_path(served), json=served.vote("Dr Ho"))
    assert late.status_code == 409 and "not awaiting review" in late.json()["error"]
    assert served.room.get(served.digest).state is RunState.APPROVED
    log.verify(served.room.store)


def test_nobody_reads_or_does_anything_without_a_session(served):
    client = httpx.Client(base_url=served.url)
    digest = served.digest
    for path in ("/", f"/candidates/{digest}", f"/candidates/{digest}/dossier/en", "/log", "/people", "/account"):
        answer = client.get(path)
        assert answer.status_code == 303 and answer.headers["location"] == "/sign-in", path
    for path in ("/api/v1/candidates", f"/api/v1/candidates/{digest}/files/dossier.html", "/api/v1/log"):
        assert client.get(path).status_code == 401, path
    assert client.post(votes_path(served), json=served.vote("Dr Wong")).status_code == 401


def test_a_stolen_token_is_worth_nothing_after_sign_out_and_nowhere_but_in_its_cookie(served):
    client = served.signed_in("Dr Wong")
    token = client.cookies["room"]
    thief = httpx.Client(base_url=served.url)
    assert thief.get(f"/?room={token}").status_code == 303
    assert thief.get("/", headers={"authorization": f"Bearer {token}"}).status_code == 303
    assert thief.get("/", cookies={"room": token}).status_code == 200  # the theft itself
    assert client.post("/sign-out", data={"csrf": client.headers["x-csrf-token"]}).status_code == 303
    assert thief.get("/", cookies={"room": token}).status_code == 303
    assert token not in served.room.store.engine.url.render_as_string()


def test_a_session_is_another_after_signing_in_again_and_ends_with_the_password(served):
    first, second = (served.signed_in("Dr Wong") for _ in range(2))
    assert first.cookies["room"] != second.cookies["room"]
    form = {"before": PASSWORD, "after": "another long password", "csrf": first.headers["x-csrf-token"]}
    assert first.post("/account/password", data=form).status_code == 303
    assert first.get("/").status_code == second.get("/").status_code == 303


def test_the_cookie_is_closed_to_scripts_and_other_sites(served):
    name = "Dr Wong"
    form = {"name": name, "password": PASSWORD, "code": served.code(name)}
    cookie = httpx.post(served.url + "/sign-in", data=form).headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/" in cookie


def test_a_form_from_another_site_is_refused(served):
    client = served.signed_in("Dr Wong")
    vote = served.vote("Dr Wong")
    csrf = client.headers["x-csrf-token"]
    for headers in ({"x-csrf-token": ""}, {"x-csrf-token": csrf[:-1] + "A" if csrf[-1] != "A" else csrf[:-1] + "B"}):
        assert client.post(votes_path(served), json=vote, headers=headers).status_code == 403
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        assert client.post(votes_path(served), json=vote, headers=headers).status_code == 403
    comment = f"/candidates/{served.digest}/comments"
    assert client.post(comment, data={"text": "x"}).status_code == 403
    assert served.room.get(served.digest).votes == 0
    assert served.room.comments(served.digest) == ()


@pytest.mark.parametrize(
    "path",
    ["../room.db", "..%2froom.db", "%2e%2e/%2e%2e/room.db", "data/../../room.db", "/etc/passwd", "candidate.json"],
)
def test_no_path_leads_out_of_the_candidate(served, path):
    client = served.signed_in("Dr Wong")
    base = f"/api/v1/candidates/{served.digest}/files/"
    assert client.get(base + path).status_code in (404, 422)
    assert client.get(f"/static/{path}").status_code == 404
    good = client.get(base + "data/patients.parquet")
    assert good.status_code == 200 and good.content[:4] == b"PAR1"


def test_a_search_is_a_search_and_no_statement(served):
    client = served.signed_in("Dr Wong")
    for text in ("' OR '1'='1", '"; DROP TABLE votes; --', "%", "_", "\\", "\x00"):
        answer = client.get("/api/v1/candidates", params={"search": text})
        assert answer.status_code == 200 and answer.json()["total"] == 0, text
    assert client.get("/api/v1/candidates", params={"search": "wards"}).json()["total"] == 1


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}"


def test_what_others_wrote_is_text_and_never_markup(tmp_path):
    shortfall = [{"control": "UT-1", "sentence": HOSTILE}]
    question = [{"control": "GD-7", "sentence": HOSTILE}]
    served = serving(
        tmp_path, f"sqlite:///{tmp_path / 'room.db'}", title=HOSTILE, verdict="pass-with-shortfalls",
        shortfalls=shortfall, questions=question,
    )  # fmt: skip
    try:
        client = served.signed_in("Dr Wong")
        client.post(f"/api/v1/candidates/{served.digest}/comments", json={"text": HOSTILE})
        here = f"/candidates/{served.digest}"
        for path in ("/", here, f"{here}/questions", f"{here}/history", f"{here}?x={HOSTILE}", "/?search=" + HOSTILE):
            answer = client.get(path)
            assert answer.status_code == 200
            assert "<script>alert" not in answer.text and "<img src=x" not in answer.text
            assert "script-src 'self'" in answer.headers["content-security-policy"]
        dossier = client.get(f"{here}/dossier/en")
        assert "sandbox" in dossier.headers["content-security-policy"]
        assert "script-src" not in dossier.headers["content-security-policy"]
    finally:
        served.process.terminate()
        served.process.wait(timeout=20)


def test_too_much_is_refused_however_it_is_sent(served):
    client = served.signed_in("Dr Wong")
    big = served.vote("Dr Wong", reason="x" * 3000)
    big["payload"]["reason"] = "x" * 80_000
    assert client.post(votes_path(served), json=big).status_code == 413

    def pieces():
        for _ in range(200):
            yield b"x" * 1024

    try:
        answer = client.post(votes_path(served), content=pieces(), headers={"content-type": "application/json"})
        assert 400 <= answer.status_code < 500
    except httpx.RemoteProtocolError:
        pass  # hung up on, which is a refusal too
    assert served.room.get(served.digest).votes == 0
    assert client.get("/").status_code == 200


def test_a_vote_counts_for_who_signed_it_what_it_was_signed_for_and_once(served, tmp_path):
    wong, lau = served.signed_in("Dr Wong"), served.signed_in("Dr Lau")
    other = served.more(tmp_path, "other", title="Another")
    vote = served.vote("Dr Wong")
    cases = {
        "signed for another candidate": (wong, votes_path(served, other), vote),
        "another name than yours": (lau, votes_path(served), vote),
        "not by the key listed": (lau, votes_path(served), served.vote("Dr Lau", key="Dr Wong")),
        "another time than now": (
            lau, votes_path(served),
            served.vote("Dr Lau", at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)),
        ),
    }  # fmt: skip
    for said, (client, path, value) in cases.items():
        answer = client.post(path, json=value)
        assert answer.status_code == 409 and said in answer.json()["error"], (said, answer.text)
    forged = json.loads(json.dumps(vote))
    forged["payload"]["reason"] = "Something else."
    assert "not by the key listed" in wong.post(votes_path(served), json=forged).json()["error"]
    before = served.room.checkpoint().partition(":")[0]
    assert wong.post(votes_path(served), json=vote).status_code == 200
    replayed = wong.post(votes_path(served), json=vote)
    assert replayed.status_code == 200 and replayed.json()["votes"] is None
    again = wong.post(votes_path(served), json=served.vote("Dr Wong", reason="Again."))
    assert again.status_code == 409 and "has voted" in again.json()["error"]
    assert int(served.room.checkpoint().partition(":")[0]) == int(before) + 1


def test_roles_are_held_to_their_table(served):
    producer, officer, licensor = (served.signed_in(name) for name in (PRODUCER, "Ms Lee", "Mr Ng"))
    answer = producer.post(votes_path(served), json=served.vote(PRODUCER))
    assert answer.status_code == 409 and "produced this candidate" in answer.json()["error"]
    answer = officer.post(votes_path(served), json=served.vote("Ms Lee"))
    assert answer.status_code == 409 and "roles do not allow" in answer.json()["error"]
    assert licensor.get("/api/v1/log").status_code == 409
    assert licensor.post(f"/api/v1/candidates/{served.digest}/revoke", json={"text": "x"}).status_code == 409
    assert "others decide" in producer.get(f"/candidates/{served.digest}").text


def test_the_table_of_roles_is_total_and_producers_and_auditors_decide_nothing():
    assert set(ALLOWED) == set(Role)
    for role in Role:
        person = Person(name="A", roles=(role,), public_key="11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
        assert {action for action in Action if may(person, action)} == ALLOWED[role]
        assert (Action.READ in ALLOWED[role]) == (role not in (Role.LICENSEE, Role.CATALOGUE))
    assert [role for role in Role if Action.VOTE in ALLOWED[role]] == [Role.REVIEWER]
    assert not {Action.VOTE, Action.ANSWER, Action.REVOKE} & (ALLOWED[Role.PRODUCER] | ALLOWED[Role.AUDITOR])


def test_guessing_locks_the_account_and_says_always_the_same(served):
    client = httpx.Client(base_url=served.url)
    said = set()
    for number in range(6):
        form = {"name": "Dr Wong", "password": f"wrong password {number}", "code": "000000"}
        answer = client.post("/sign-in", data=form)
        assert answer.status_code == 401
        said.add(answer.text)
    right = {"name": "Dr Wong", "password": PASSWORD, "code": served.code("Dr Wong")}
    locked = client.post("/sign-in", data=right)
    assert locked.status_code == 401
    nobody = client.post("/sign-in", data={**right, "name": "Nobody"})
    said |= {locked.text, nobody.text}
    assert len(said) == 1
    assert served.signed_in("Dr Lau").get("/").status_code == 200


def test_guesses_made_at_once_are_no_more_than_those_made_one_after_the_other(served):
    answers = []

    def guess(number):
        form = {"name": "Dr Wong", "password": f"wrong password {number}", "code": "000000"}
        answers.append(httpx.post(served.url + "/sign-in", data=form, timeout=60).status_code)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [401] * 12
    account = get_account(served.room.store, "Dr Wong")
    assert account.failures == 5 and account.locked_until is not None  # the sixth and later were not looked at


def test_strangers_cannot_keep_an_account_closed_to_its_owner(served):
    served.signed_in("Dr Wong")
    for number in range(7):
        httpx.post(served.url + "/sign-in", data={"name": "Dr Wong", "password": f"wrong {number}", "code": "000000"})
    assert get_account(served.room.store, "Dr Wong").locked_until is not None
    assert served.signed_in("Dr Wong").get("/").status_code == 200  # from where the owner has been before


def test_a_header_makes_nobody_another_address(served):
    wrong = {"name": "Nobody", "password": "wrong", "code": "000000"}
    for number in range(31):
        httpx.post(served.url + "/sign-in", data=wrong, headers={"x-forwarded-for": f"10.0.0.{number}"})
    form = {"name": "Dr Wong", "password": PASSWORD, "code": served.code("Dr Wong")}
    assert httpx.post(served.url + "/sign-in", data=form).status_code == 401


def test_an_act_on_an_account_is_done_with_its_entry_or_not_at_all(served, monkeypatch):
    token = open_session(served.room, "Dr Wong")
    who, before = visitor(served.room, token), get_account(served.room.store, "Dr Wong")

    def broken(*_):
        raise StorageError("The store is gone.", "")

    monkeypatch.setattr(log, "append", broken)
    acts = (
        lambda: change_password(served.room, who, PASSWORD, "another long password"),
        lambda: create_account(served.room, "Dr Wong", "another long password"),
        lambda: open_session(served.room, "Dr Lau"),
    )
    for act in acts:
        with pytest.raises(StorageError):
            act()
    assert get_account(served.room.store, "Dr Wong").password == before.password
    assert visitor(served.room, token) is not None


def test_a_store_that_is_gone_is_a_page_with_a_sentence(served):
    import sqlalchemy as sa

    client = served.signed_in("Dr Wong")
    with served.room.store.writing() as connection:
        connection.execute(sa.text("DROP TABLE sessions"))
    for path in ("/", "/sign-in", f"/candidates/{served.digest}"):
        answer = client.get(path)
        assert answer.status_code == 503 and "cannot be used now" in answer.text, (path, answer.text)
        assert "default-src" in answer.headers["content-security-policy"]


def test_what_breaks_in_a_page_is_told_without_its_words(capsys):
    from factory.serve.guard import Guard
    from factory.serve.settings import Settings

    async def app(*_):
        raise KeyError("Chan Tai Man")

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_):
        raise AssertionError("nothing was answered")

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"127.0.0.1")]}
    with ThreadPoolExecutor() as pool:
        pool.submit(asyncio.run, Guard(app, Settings())(scope, receive, send)).result(timeout=30)
    told = capsys.readouterr().err
    assert "KeyError" in told and "Chan" not in told


@pytest.mark.parametrize("code", ["é" * 6, "１２３４５６", "", "0" * 10, "-12345"])
def test_a_code_of_any_signs_is_a_wrong_code_and_no_defect(served, code):
    form = {"name": "Dr Wong", "password": PASSWORD, "code": code}
    assert httpx.post(served.url + "/sign-in", data=form).status_code == 401


def test_a_body_that_does_not_come_to_its_end_is_hung_up_on():
    from factory.serve.guard import Guard
    from factory.serve.settings import Settings

    said = []

    async def never():
        await asyncio.sleep(60)

    async def send(message):
        said.append(message)

    async def app(*_):
        raise AssertionError("the application was asked")

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"127.0.0.1")]}
    guarded = Guard(app, Settings(patience=0.05))(scope, never, send)
    # In a thread of its own: the browser of other tests has a loop running in this one.
    with ThreadPoolExecutor() as pool:
        pool.submit(asyncio.run, guarded).result(timeout=30)
    assert said[0]["status"] == 408


def test_a_code_is_good_once(served):
    form = {"name": "Dr Wong", "password": PASSWORD, "code": served.code("Dr Wong")}
    assert httpx.post(served.url + "/sign-in", data=form).status_code == 303
    assert httpx.post(served.url + "/sign-in", data=form).status_code == 401


def test_another_host_name_is_refused(served):
    answer = httpx.get(served.url + "/sign-in", headers={"host": "evil.example"})
    assert answer.status_code == 421


def test_every_answer_carries_what_browsers_obey(served):
    client = served.signed_in("Dr Wong")
    for path in ("/", "/nowhere", "/static/room.css", "/api/v1/candidates"):
        headers = client.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"


def test_a_way_back_leads_nowhere_else(served):
    client = httpx.Client(base_url=served.url)
    for to in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"):
        assert client.get("/language/zh-Hans", params={"to": to}).headers["location"] == "/"
    assert client.get("/language/zh-Hans", params={"to": "/people"}).headers["location"] == "/people"


def test_fifty_reviewers_over_http_neither_lose_nor_double_a_vote(served, tmp_path):
    clients = {name: served.signed_in(name) for name in ("Dr Wong", "Dr Lau", "Dr Ho")}
    digests = [served.more(tmp_path, f"c{number}", title=f"Candidate {number}") for number in range(17)]
    results = []

    def cast(client, digest, value):
        with httpx.Client(base_url=served.url, cookies=client.cookies, headers=client.headers, timeout=60) as own:
            for _ in range(2):
                results.append((digest, own.post(votes_path(served, digest), json=value).status_code))

    threads = [
        threading.Thread(target=cast, args=(client, digest, served.vote(name, digest=digest)))
        for digest in digests
        for name, client in clients.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 102 and {status for _, status in results} == {200, 409}
    for digest in digests:
        found = served.room.get(digest)
        assert found.state is RunState.APPROVED and found.votes == 2
    entries = served.room.history(limit=1000).items
    assert sum(entry.act is Act.DECIDE for entry in entries) == len(digests)
    log.verify(served.room.store)


def test_the_server_killed_in_mid_vote_loses_nothing(served, tmp_path):
    clients = {name: served.signed_in(name) for name in ("Dr Wong", "Dr Lau")}
    digests = [served.more(tmp_path, f"c{number}", title=f"Candidate {number}") for number in range(30)]
    counted = []

    def cast():
        for digest in digests:
            for name, client in clients.items():
                try:
                    if client.post(votes_path(served, digest), json=served.vote(name, digest=digest)).is_success:
                        counted.append((digest, name))
                except httpx.HTTPError:
                    return

    thread = threading.Thread(target=cast)
    thread.start()
    while len(counted) < 7:
        time.sleep(0.005)
    served.process.send_signal(signal.SIGKILL)
    thread.join()
    served.process.wait()
    room = open_room(served.home, served.store_url)
    for digest, name in counted:
        assert room.has_voted(digest, name)
    for submission in room.queue(limit=200).items:
        assert (submission.votes == 2) == (submission.state is RunState.APPROVED)
    log.verify(room.store)
    room.store.close()
    process, address = start(served.home, served.store_url)
    assert httpx.get(address + "/sign-in").status_code == 200
    process.terminate()
    process.wait(timeout=20)


def test_a_column_name_is_text_on_the_page_of_changes_and_in_the_dossier(tmp_path):
    from factory.evidence.diff import diff
    from factory.evidence.html import templates
    from factory.serve.pages import environment
    from factory.words import words

    decision = {"table": HOSTILE, "column": HOSTILE, "operator": HOSTILE, "released_as": [HOSTILE]}
    (change,) = diff({}, {"decisions": [decision]})
    assert HOSTILE in change.what
    page = environment().from_string("{{ row.what }} {{ row.after }}").render(row=change, say=words("en"))
    assert "<script" not in page and "<img" not in page
    assert templates(tmp_path).autoescape is True
