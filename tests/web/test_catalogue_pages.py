"""The catalogue in a real browser: a licensee looks and asks, the owner sees who pulled what, and nothing runs."""

import csv
import io
import json

import httpx
import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from catalogue import NAME, catalogue, sealed_now
from playwright.sync_api import expect
from serve.conftest import PASSWORD
from unit import candidates

from factory.catalog.keeper import listing, revoking
from factory.core.files import canonical_json, sha256_bytes
from factory.serve.accounts import create_account, open_session

LICENSEE, OWNER = "Models Ltd", "Mr Ng"
IMAGE = "<img src=x onerror='window.ran=1'>"
SCRIPT = "<script>window.ran=1</script>"
TITLE = f"Wards of a simulated hospital {IMAGE}"
LONG = "Emergency and short stay ward <b>of the east wing</b>"
COLUMNS = [
    ("patient_id", "id", "key", None),
    ("sex", "category", "quasi-identifier", None),
    ("age", "integer", "clinical", "a"),
    (SCRIPT, "category", "clinical", None),
]
DICTIONARY = {
    "patients": {
        "key": "patient_id",
        "parent": None,
        "columns": [
            {"name": name, "kind": kind, "role": role, "unit": unit, "from": name, "bound_by": []}
            for name, kind, role, unit in COLUMNS
        ],
    }
}
FACTS = {
    "marginals": {
        "patients.sex": [
            {"label": "F", "real": 0.5, "synthetic": 0.375},
            {"label": "M", "real": 0.5, "synthetic": 0.625},
        ],
        "patients.age": [
            {"label": "up to 40", "real": 0.5, "synthetic": 0.25},
            {"label": "over 40", "real": 0.5, "synthetic": 0.75},
        ],
        f"patients.{SCRIPT}": [
            {"label": IMAGE, "real": 0.5, "synthetic": 0.5},
            {"label": LONG, "real": 0.5, "synthetic": 0.5},
        ],
    },
    "regimes": [{"regime": "gdpr-anonymous", "verdict": "pass"}, {"regime": "pdpo-anonymised", "verdict": "pass"}],
    "expires": "2030-01-01",
    "engine": {"name": "chain"},
}
_plain_candidate = candidates.write_candidate


def _realistic(folder, **changes):
    """A candidate with a dictionary, marginals, a dossier of three languages, and HTML wherever text may stand."""
    _plain_candidate(folder, **changes)
    rows = {"patient_id": ["a1", "b2"], "sex": ["F", None], "age": [39, 71], SCRIPT: [IMAGE, "plain"]}
    rows = {name: values * 10 for name, values in rows.items()}  # of so few, two are shown
    candidates.write_table(folder / "data" / "patients.parquet", rows)
    facts = json.loads((folder / "dossier.json").read_bytes())
    (folder / "dossier.json").write_bytes(canonical_json({**facts, **FACTS}))
    (folder / "dictionary.json").write_bytes(canonical_json(DICTIONARY))
    for language, heading in (("zh-Hant", "驗證檔案"), ("zh-Hans", "验证档案")):
        page = f'<!doctype html><html lang="{language}"><title>{heading}</title><h1>{heading}</h1>{SCRIPT}</html>'
        (folder / f"dossier.{language}.html").write_text(page)
    data = canonical_json({**candidates.candidate_value(folder), **changes})
    (folder / "candidate.json").write_bytes(data)
    return sha256_bytes(data)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A served catalogue with one release, of which its licensee has pulled a copy."""
    root = tmp_path_factory.mktemp("catalogue")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "write_candidate", _realistic)
        royalty = {"meter": "pull", "amount": "1200", "currency": "HKD", "report_every_days": 90}
        made = sealed_now(root, title=TITLE, licence={"royalty": royalty})
    shop = catalogue(root, f"sqlite:///{root / 'room.db'}", made=made)
    shop.serve()
    bearer = {"authorization": f"Bearer {shop.token()}"}
    assert httpx.get(f"{shop.url}/data/{NAME}.zip", headers=bearer, timeout=30).status_code == 200
    yield shop
    shop.stop()
    shop.keeper.store.close()


@pytest.fixture
def enter(shop, browser):
    """A browser of somebody's own, signed in; what its pages complain of fails the test."""
    contexts, broken = [], []

    def entered(name, width=1280, locale="en-GB"):
        context = browser.new_context(viewport={"width": width, "height": 900}, locale=locale)
        context.set_default_timeout(15_000)
        contexts.append(context)
        if name is not None:
            context.add_cookies([{"name": "room", "value": open_session(shop.keeper.room, name), "url": shop.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
        return page

    entered.broken = broken
    yield entered
    for context in contexts:
        context.close()
    assert broken == []


def refused(enter, page, address):
    """The sentence of a page that is refused; that its status is no success is all the console has to say."""
    assert page.goto(address).status == 409
    assert len(enter.broken) == 1 and "409" in enter.broken.pop()
    return page.inner_text("main p")


def test_a_licensee_signs_in_and_is_sent_to_the_catalogue_alone(shop, enter):
    uri = create_account(shop.keeper.room, LICENSEE, PASSWORD)
    page = enter(None)
    page.goto(shop.url + "/catalogue")
    assert page.url == shop.url + "/sign-in"
    page.fill("#name", LICENSEE)
    page.fill("#password", PASSWORD)
    page.fill("#code", pyotp.parse_uri(uri).now())
    page.click("button.primary")
    page.wait_for_url(shop.url + "/catalogue")
    expect(page.locator("nav a")).to_have_text(["Catalogue", LICENSEE])
    asked = refused(enter, page, f"{shop.url}/candidates/{'0' * 64}")
    assert asked == "Your roles do not allow you to read candidates and dossiers."
    assert "who pulled what" in refused(enter, page, shop.url + "/usage")
    assert "who pulled what" in refused(enter, page, shop.url + "/usage.csv")


def test_a_data_set_is_found_by_its_column_and_shown(shop, enter):
    page = enter(LICENSEE)
    page.goto(shop.url + "/catalogue")
    page.fill("#search", "no such column")
    page.click(".search button")
    expect(page.locator(".empty")).to_be_visible()
    page.fill("#search", "SEX")
    page.click(".search button")
    page.click("td a")
    page.wait_for_url(f"{shop.url}/catalogue/{NAME}")
    expect(page.locator("dl")).to_contain_text("2030-01-01")
    expect(page.locator(".regime .badge")).to_have_text(["pass", "pass"])
    variables = page.locator("#table-patients .variables > li")
    expect(variables).to_have_count(4)
    sex = variables.filter(has_text="quasi-identifier")
    told = "Shares of the values of sex: M 62.5%; F 37.5%"
    assert sex.locator("svg").get_attribute("aria-label") == told
    lengths = [float(bar.get_attribute("width")) for bar in sex.locator("rect").all()]
    assert lengths[1] / lengths[0] == pytest.approx(0.6, abs=0.01)
    expect(variables.filter(has_text="integer (a)").locator("svg")).to_contain_text("up to 40")
    assert variables.first.locator("svg").count() == 0
    page.locator("#table-patients summary").first.click()
    rows = [row.locator("td").all_inner_texts() for row in page.locator("#table-patients .wide tbody tr").all()]
    assert rows == [["a1", "F", "39", IMAGE], ["b2", "", "71", "plain"]]


def test_the_dossier_opens_in_chinese_in_a_sandbox(shop, enter):
    page = enter(LICENSEE, locale="zh-HK")
    page.goto(f"{shop.url}/catalogue/{NAME}")
    expect(page.locator("#table-patients .variables")).to_contain_text("不超過 40")
    with page.context.expect_page() as opened:
        page.click("text=驗證檔案 · 繁體中文")
    dossier = opened.value
    expect(dossier.locator("h1")).to_have_text("驗證檔案")
    policy = dossier.request.get(dossier.url).headers["content-security-policy"]
    assert "sandbox" in policy and "script-src" not in policy and "default-src 'none'" in policy
    missing = page.request.get(f"{shop.url}/catalogue/{NAME}/dossier/fr", headers={"accept-language": "zh-HK"})
    assert missing.status == 404 and "沒有此頁。" in missing.text()


def test_a_request_for_a_licence_is_kept_once_and_only_from_our_form(shop, enter):
    page = enter(LICENSEE)
    text = f"We model readmissions in Hong Kong.\n{SCRIPT}"
    form = {"purpose": "general-research-use", "text": "forged"}
    for token in ({}, {"csrf": "0" * 43}, {"csrf": "é"}):
        assert page.request.post(f"{shop.url}/catalogue/{NAME}/requests", form={**form, **token}).status == 403
    for _ in range(2):
        page.goto(f"{shop.url}/catalogue/{NAME}")
        page.select_option("#purpose", "health-or-medical-or-biomedical-research")
        page.fill("#text", text)
        page.click("#request button")
        expect(page.locator("#request [role=status]")).to_have_text("Your request is with the owner.")
    (kept,) = listing.asked(shop.keeper)
    assert kept["who"] == LICENSEE and kept["purpose"] == "health-or-medical-or-biomedical-research"
    assert kept["text"].split() == text.split()


def test_the_owner_sees_use_and_requests_and_takes_them_away_as_csv(shop, enter):
    said = f"Who may train on it? {IMAGE}"
    listing.request(shop.keeper, NAME, LICENSEE, "disease-specific-research", said)
    page = enter(OWNER)
    page.goto(shop.url + "/")
    page.click("nav >> text=Usage")
    licence = page.locator("table").first.locator("tbody tr")
    expect(licence).to_contain_text(LICENSEE)
    expect(licence.locator(".badge")).to_have_text("in force")
    expect(licence).to_contain_text("1,200.00 HKD")
    expect(page.locator("table").last.locator("tbody tr")).to_contain_text("token ")
    expect(page.locator("article.comment p").filter(has_text="Who may train")).to_have_text(said)
    expect(page.locator("article.comment").first).to_contain_text(LICENSEE)
    with page.expect_download() as begun:
        page.click("text=All licences as CSV")
    assert begun.value.suggested_filename == "usage.csv"
    (row,) = csv.DictReader(io.StringIO(begun.value.path().read_text()))
    assert (row["licensee"], row["pulls"], row["copies"], row["due"]) == (LICENSEE, "1", "1", "1200.00")
    page.fill("#search", "nobody")
    page.click(".search button")
    expect(page.locator("table")).to_have_count(1)


def test_html_in_titles_columns_values_and_requests_is_text(shop, enter):
    listing.request(shop.keeper, NAME, LICENSEE, "general-research-use", SCRIPT)
    page = enter(OWNER)
    for path in ("/catalogue", f"/catalogue/{NAME}", "/usage"):
        page.goto(shop.url + path)
        assert page.locator("img, main script, main b").count() == 0
        assert page.evaluate("window.ran") is None
    expect(page.locator("article.comment p").filter(has_text=SCRIPT).first).to_be_visible()
    page.goto(f"{shop.url}/catalogue/{NAME}")
    expect(page.locator("h1")).to_have_text(TITLE)
    variable = page.locator("#table-patients .variables > li").last
    expect(variable.locator("strong")).to_have_text(SCRIPT)
    assert LONG in variable.locator("svg").get_attribute("aria-label")
    assert variable.locator("svg title").all_text_contents() == [IMAGE, LONG]


@pytest.mark.parametrize("locale", ["en-GB", "zh-HK", "zh-CN"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_can_be_used_by_everybody(shop, enter, width, locale):
    listing.request(shop.keeper, NAME, LICENSEE, "general-research-use", "unbroken" * 200)
    page = enter(OWNER, width, locale)
    for path in ("/catalogue", f"/catalogue/{NAME}", "/usage"):
        page.goto(shop.url + path)
        assert page.get_attribute("html", "lang") == {"en-GB": "en", "zh-HK": "zh-Hant", "zh-CN": "zh-Hans"}[locale]
        page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
        found = Axe().run(page).response["violations"]
        serious = [
            (item["id"], item["nodes"][0]["html"]) for item in found if item["impact"] in ("serious", "critical")
        ]
        assert serious == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        cut = page.evaluate(
            """() => [...document.querySelectorAll('svg.shares text')].filter(text =>
               text.getBBox().x < 0 || text.getBBox().x + text.getBBox().width > 320).map(text => text.textContent)"""
        )
        assert cut == []


def test_a_release_taken_back_says_so_and_offers_no_pull(shop, enter):
    """The last of this module: it takes the release back."""
    revoking.revoke_release(shop.keeper, NAME, "1.0.0", "Ms Lee", "withdrawal")
    page = enter(LICENSEE)
    page.goto(f"{shop.url}/catalogue/{NAME}")
    expect(page.locator(".sub .badge")).to_have_text("revoked")
    expect(page.locator("aside")).to_contain_text("nobody can pull it any more")
    assert page.locator("code").count() == 0
    owner = enter(OWNER)
    owner.goto(shop.url + "/usage")
    expect(owner.locator(".badge.queued")).to_have_text("queued")
    expect(owner.locator("tbody .badge.revoked")).to_have_text("revoked")
