"""The dossier in a real browser, offline, at desk and phone width, in three languages, and on paper."""

import io
import json
import subprocess
import sys

import jsonschema
import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from quick import QUICK

from factory.core.files import sha256_file
from factory.evidence.html import dossier_html, page_name, rendered
from factory.evidence.pdf import pdf
from factory.evidence.schema import schema_text, unlisted
from factory.words import LANGUAGES, Words, words

LARGEST = 600_000


@pytest.fixture(scope="module")
def candidate(hospital, tmp_path_factory):
    run = tmp_path_factory.mktemp("web") / "run"
    said = ["produce", hospital / "contract.yaml", "--data", hospital, "--run", run, "--seed", "1", "--plain", *QUICK]
    subprocess.run([sys.executable, "-m", "factory.cli", *map(str, said)], check=True, capture_output=True)
    return run / "release" / "candidate"


@pytest.fixture(scope="module")
def facts(candidate):
    return json.loads((candidate / "dossier.json").read_bytes())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [1280, 360])
def test_it_opens_offline_fits_and_can_be_used_by_everybody(width, language, browser, candidate, tmp_path):
    page = browser.new_page(viewport={"width": width, "height": 900}, java_script_enabled=True)
    file = candidate / page_name(language)
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    assert asked == [file.as_uri()]
    assert said == []
    assert page.locator("h1").is_visible() and page.get_attribute("html", "lang") == language
    assert page.locator("svg").count() >= 5
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    serious = [
        (item["id"], item["nodes"][0]["html"])
        for item in Axe().run(page).response["violations"]
        if item["impact"] in ("serious", "critical")
    ]
    assert serious == []
    page.screenshot(path=tmp_path / f"dossier-{language}-{width}.png")
    page.close()
    assert file.stat().st_size < LARGEST


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_sentence_of_a_real_dossier_falls_back_to_english(language, facts):
    say = Words(language, words(language).messages)
    rendered(facts, say)
    assert say.missing == set()


def test_the_first_page_holds_verdicts_risks_and_conditions(browser, candidate, facts):
    page = browser.new_page(viewport={"width": 794, "height": 1123})
    page.goto((candidate / "dossier.html").as_uri())
    for regime in facts["regimes"]:
        assert page.locator("main, body").first.inner_text().find(regime["title"]) < 1500
    page.close()
    first = pypdf.PdfReader(io.BytesIO(pdf(facts, "en", "d" * 64))).pages[0].extract_text()
    first = " ".join(first.split())
    for regime in facts["regimes"]:
        assert regime["title"] in first
    assert 1 <= len(facts["risks"]) <= 3
    for risk in facts["risks"]:
        assert risk["control"] in first
    assert "Conditions" in first and facts["expires"] in first and "d" * 64 in first


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_is_one_sheet_where_a_browser_prints_it(language, browser, candidate, facts):
    page = browser.new_page()
    page.goto((candidate / page_name(language)).as_uri())
    sheets = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True))).pages
    page.close()
    first, second = (sheet.extract_text() for sheet in sheets[:2])
    assert facts["title"].split()[0] in first and "ED-7" in first
    assert "SH-A" in second and "SH-A" not in first


def test_it_keeps_its_schema_which_is_its_allow_list(facts):
    jsonschema.Draft202012Validator(json.loads(schema_text())).validate(facts)
    assert unlisted(facts) == []
    assert unlisted({**facts, "seed": 1})
    assert unlisted({**facts, "measures": [{**facts["measures"][0], "row": "x"}]})


def test_the_same_facts_give_the_same_bytes_on_screen_and_on_paper(candidate, facts):
    for language in LANGUAGES:
        assert dossier_html(facts, language) == (candidate / page_name(language)).read_bytes()
    assert pdf(facts, "zh-Hans", "d" * 64) == pdf(facts, "zh-Hans", "d" * 64)


def test_on_paper_it_has_a_title_a_language_tags_and_its_digest_on_every_page(facts):
    reader = pypdf.PdfReader(io.BytesIO(pdf(facts, "zh-Hant", "e" * 64)))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "zh-Hant" and root["/MarkInfo"]["/Marked"]
    assert facts["title"] in reader.metadata.title
    assert all("e" * 64 in page.extract_text() for page in reader.pages)


def test_the_command_writes_the_checked_candidate_and_refuses_a_changed_one(candidate, factory, tmp_path):
    out = tmp_path / "d.pdf"
    made = factory("dossier", candidate, "--lang", "zh-Hans", "--pdf", out)
    assert made.returncode == 0, made.stderr
    assert out.read_bytes().startswith(b"%PDF-")
    before = sha256_file(out)
    assert factory("dossier", candidate, "--pdf", out).returncode != 0
    assert sha256_file(out) == before
    assert json.loads(factory("dossier", "--schema").stdout) == json.loads(schema_text())
    page = candidate / "dossier.html"
    kept = page.read_bytes()
    page.write_bytes(kept + b" ")
    try:
        refused = factory("dossier", candidate, "--html", tmp_path / "x.html")
        assert refused.returncode == 50 and "dossier.html was changed" in refused.stderr
    finally:
        page.write_bytes(kept)


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def test_a_hostile_name_is_text_in_the_dossier(facts, browser, tmp_path):
    told = json.loads(json.dumps(facts))
    told["title"] = HOSTILE
    for decision in told["decisions"]:
        decision["column"] = HOSTILE
    for measure in told["measures"]:
        measure["where"] = HOSTILE
        measure.get("said", {}).pop("where", None)
    file = tmp_path / "hostile.html"
    file.write_bytes(dossier_html(told, "en"))
    page = browser.new_page()
    shown = []
    page.on("dialog", lambda dialog: (shown.append(dialog.message), dialog.dismiss()))
    page.goto(file.as_uri())
    assert shown == [] and page.locator("h1").inner_text() == HOSTILE
    assert page.locator("img").count() == 0
    page.close()
