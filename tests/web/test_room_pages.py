"""The review room in a real browser: who reads, answers, refuses and approves, and what cannot go wrong."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from serve.conftest import PASSWORD, serving
from unit import candidates
from unit.candidates import PRODUCER

from factory.core.files import canonical_json, sha256_bytes
from factory.core.run import RunState
from factory.store import log

QUESTIONS = [
    {
        "control": "SH-KNOW",
        "sentence": "Do you, and everybody you asked, know of no way in which it could identify a person?",
    },
    {"control": "GD-7", "sentence": "Is what the contract states about legal basis and assessment true?"},
]
SHORTFALL = {"control": "UT-1", "sentence": "The model learned from synthetic rows loses 0.03 of AUROC."}
REGIME = {
    "regime": "gdpr-anonymous", "title": "GDPR anonymous information", "version": "1.0", "date": "2026-11-25",
    "verdict": "needs attestation", "counts": {"pass": 5, "needs attestation": 4}, "controls": ["GD-7"],
}  # fmt: skip
FACTS = {
    "person": "patients", "tables": {"patients": {"rows": 2, "columns": 2, "sha256": "a" * 64}}, "regimes": [REGIME],
    "expires": "2030-01-01",
}  # fmt: skip
_plain_candidate = candidates.write_candidate


def _with_dossier(folder, **changes):
    """A candidate with a dossier of three languages."""
    _plain_candidate(folder, **changes)
    facts = json.loads((folder / "dossier.json").read_bytes())
    (folder / "dossier.json").write_bytes(json.dumps({**facts, **FACTS}).encode())
    for language, heading in (("zh-Hant", "驗證檔案"), ("zh-Hans", "验证档案")):
        page = f'<!doctype html><html lang="{language}"><title>{heading}</title><h1>{heading}</h1></html>'
        (folder / f"dossier.{language}.html").write_text(page)
    data = canonical_json({**candidates.candidate_value(folder), **changes})
    (folder / "candidate.json").write_bytes(data)
    return sha256_bytes(data)


@pytest.fixture
def room(tmp_path, monkeypatch):
    monkeypatch.setattr(candidates, "write_candidate", _with_dossier)
    made = serving(
        tmp_path, f"sqlite:///{tmp_path / 'room.db'}", questions=QUESTIONS, verdict="pass-with-shortfalls",
        shortfalls=[SHORTFALL], title="Stroke wards 2020-2025",
    )  # fmt: skip
    yield made
    made.process.terminate()
    made.process.wait(timeout=20)
    made.room.store.close()


@pytest.fixture
def enter(room, browser):
    """Sign in as somebody in a browser of their own."""
    contexts, broken = [], []

    def signed_in(name, width=1280, locale="en-GB"):
        context = browser.new_context(viewport={"width": width, "height": 900}, locale=locale)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.goto(room.url + "/sign-in")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.fill("#code", room.code(name))
        page.click("button.primary")
        page.wait_for_url(room.url + "/")
        return page

    yield signed_in
    for context in contexts:
        context.close()
    assert broken == []


def answer_all(room, page, name, answer="yes"):
    page.goto(f"{room.url}/candidates/{room.digest}/questions")
    for question in QUESTIONS:
        page.check(f"fieldset[data-control={question['control']}] input[value={answer}]")
    page.fill("#reason", "Asked the registry and the data protection office.")
    page.set_input_files("#answer-key", room.made.key(name))
    page.click("button.primary")
    expect(page.locator("fieldset .line")).to_have_count(len(QUESTIONS))


def decide(room, page, name, button, *, digest=None, reason="Read in full.", accept=True):
    page.goto(f"{room.url}/candidates/{digest or room.digest}")
    if accept:
        page.check("input[name=accept]")
    page.fill("#reason", reason)
    page.set_input_files("#vote-key", room.made.key(name))
    page.click(f"button[value='{button}']")


def test_a_reviewer_reads_the_dossier_in_chinese_answers_and_refuses(room, enter):
    page = enter("Dr Wong", locale="zh-HK")
    expect(page.locator("h1")).to_have_text("候選版本")
    page.click("text=Stroke wards")
    with page.context.expect_page() as opened:
        page.click("text=驗證檔案 · 繁體中文")
    dossier = opened.value
    expect(dossier.locator("h1")).to_have_text("驗證檔案")
    assert "sandbox" in dossier.request.get(dossier.url).headers["content-security-policy"]
    answer_all(room, page, "Dr Wong")
    assert {item.payload.control for item in room.room.answers(room.digest)} == {"SH-KNOW", "GD-7"}
    decide(room, page, "Dr Wong", "reject", reason="年齡組別過細。", accept=False)
    expect(page.locator("aside .said")).to_have_text("您已投票。")
    other = enter("Dr Lau")
    decide(room, other, "Dr Lau", "approve")
    expect(other.locator(".sub .badge")).to_have_text("refused")
    page.reload()
    expect(page.locator(".sub .badge")).to_have_text("已拒絕")
    reasons = {vote.payload.reason for vote in room.room.open_votes(room.digest)}
    assert "年齡組別過細。" in reasons and room.room.get(room.digest).state is RunState.REFUSED


def test_two_others_approve_and_neither_sees_the_others_vote_before(room, enter):
    answer_all(room, enter("Dr Ho"), "Dr Ho")
    wong, lau = enter("Dr Wong"), enter("Dr Lau")
    decide(room, wong, "Dr Wong", "approve", reason="First, and secret.")
    expect(wong.locator("aside .said")).to_have_text("Your vote is in.")
    lau.goto(f"{room.url}/candidates/{room.digest}")
    expect(lau.locator("aside")).to_contain_text("Votes are shown when the review is decided.")
    assert "First, and secret." not in lau.content() and "Dr Wong" not in lau.inner_text("aside")
    decide(room, lau, "Dr Lau", "approve")
    expect(lau.locator(".sub .badge")).to_have_text("approved")
    expect(lau.locator("aside")).to_contain_text("First, and secret.")
    log.verify(room.room.store)


def test_a_shortfall_or_question_left_open_is_said_and_nothing_is_cast(room, enter):
    page = enter("Dr Wong")
    decide(room, page, "Dr Wong", "approve", accept=False)
    expect(page.locator("aside [role=status]")).to_contain_text("shortfall of UT-1 is not accepted")
    decide(room, page, "Dr Wong", "approve")
    expect(page.locator("aside [role=status]")).to_contain_text("is not answered")
    assert room.room.get(room.digest).votes == 0


def test_a_key_of_another_kind_or_person_is_said_and_never_sent(room, enter, tmp_path):
    page = enter("Dr Wong")
    sent = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    (tmp_path / "not.pem").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    (tmp_path / "locked.pem").write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n")
    for file, said in (
        (tmp_path / "not.pem", "Ed25519"),
        (tmp_path / "locked.pem", "passphrase"),
        (room.made.licence, "not a private key"),
        (room.made.key("Dr Lau"), "not by the key listed"),
    ):
        page.goto(f"{room.url}/candidates/{room.digest}")
        page.fill("#reason", "No.")
        page.set_input_files("#vote-key", file)
        page.click("button[value='reject']")
        expect(page.locator("aside [role=status]")).to_contain_text(said)
    assert not any("PRIVATE KEY" in body for body in sent)
    secret = re.sub(r"-----.*?-----|\s", "", room.made.key("Dr Lau").read_text())
    assert not any(secret[-40:] in body for body in sent)
    assert room.room.get(room.digest).votes == 0


def test_a_producer_can_comment_and_not_decide(room, enter):
    page = enter(PRODUCER)
    page.goto(f"{room.url}/candidates/{room.digest}")
    expect(page.locator("aside")).to_contain_text("You produced this candidate, so others decide.")
    assert page.locator("button[value='approve']").count() == 0
    page.goto(f"{room.url}/candidates/{room.digest}/questions")
    assert page.locator("input[type=radio]").count() == 0
    page.goto(f"{room.url}/candidates/{room.digest}")
    page.fill("#comment", "The age bands are those <b>you</b> asked for.")
    page.click("text=Comment >> nth=-1")
    expect(page.locator(".comment p")).to_have_text("The age bands are those <b>you</b> asked for.")


def test_a_double_click_and_a_stale_page_do_no_harm(room, enter):
    page, stale = enter("Dr Wong"), enter("Dr Lau")
    stale.goto(f"{room.url}/candidates/{room.digest}")
    stale.fill("#reason", "Too late.")
    stale.set_input_files("#vote-key", room.made.key("Dr Lau"))
    page.goto(f"{room.url}/candidates/{room.digest}")
    page.fill("#reason", "No.")
    page.set_input_files("#vote-key", room.made.key("Dr Wong"))
    page.dblclick("button[value='reject']")
    expect(page.locator("aside .said")).to_have_text("Your vote is in.")
    assert room.room.get(room.digest).votes == 1
    third = enter("Dr Ho")
    decide(room, third, "Dr Ho", "reject", accept=False)
    expect(third.locator(".sub .badge")).to_have_text("refused")
    stale.click("button[value='reject']")
    expect(stale.locator("aside [role=status]")).to_contain_text("not awaiting review")
    assert room.room.get(room.digest).votes == 2


def test_one_person_in_two_browsers_votes_once(room, enter):
    answer_all(room, enter("Dr Ho"), "Dr Ho")
    pages = [enter("Dr Wong"), enter("Dr Wong")]
    for page in pages:
        page.goto(f"{room.url}/candidates/{room.digest}")
        page.check("input[name=accept]")
        page.fill("#reason", "From two windows.")
        page.set_input_files("#vote-key", room.made.key("Dr Wong"))
    pages[0].click("button[value='approve']")
    expect(pages[0].locator("aside .said")).to_have_text("Your vote is in.")
    pages[1].click("button[value='reject']")
    expect(pages[1].locator("aside [role=status]")).to_contain_text("has voted")
    assert room.room.get(room.digest).votes == 1


def pages_of(room):
    here = f"/candidates/{room.digest}"
    return ("/", here, f"{here}/questions", f"{here}/changes", f"{here}/history", "/people", "/account", "/nowhere")


@pytest.mark.parametrize("locale", ["en-GB", "zh-HK", "zh-CN"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_can_be_used_by_everybody(room, enter, width, locale):
    name = "Dr Wong"
    page = enter(name, width, locale)
    room.room.comment(room.digest, name, "A comment.")
    language = {"en-GB": "en", "zh-HK": "zh-Hant", "zh-CN": "zh-Hans"}[locale]
    for path in pages_of(room):
        page.goto(room.url + path)
        assert page.get_attribute("html", "lang") == language
        found = Axe().run(page).response["violations"]
        serious = [
            (item["id"], item["nodes"][0]["html"]) for item in found if item["impact"] in ("serious", "critical")
        ]
        assert serious == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_no_page_asks_for_anything_from_elsewhere_or_breaks_its_own_policy(room, enter):
    page = enter("Dr Wong")
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    for path in pages_of(room)[:-1]:
        page.goto(room.url + path)
    assert all(url.startswith(room.url) for url in asked) and said == []
