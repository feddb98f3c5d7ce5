"""The dossier in a real browser, offline, at desk and phone width."""

import subprocess
import sys

import pytest
from quick import QUICK


@pytest.fixture(scope="module")
def page_file(hospital, tmp_path_factory):
    run = tmp_path_factory.mktemp("web") / "run"
    words = ["produce", hospital / "contract.yaml", "--data", hospital, "--run", run, "--seed", "1", "--plain", *QUICK]
    subprocess.run([sys.executable, "-m", "factory.cli", *map(str, words)], check=True, capture_output=True)
    return run / "release" / "candidate" / "dossier.html"


@pytest.mark.parametrize("width", [1280, 390])
def test_it_opens_offline_and_fits(width, browser, page_file, tmp_path):
    page = browser.new_page(viewport={"width": width, "height": 900}, java_script_enabled=True)
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(page_file.as_uri())
    assert asked == [page_file.as_uri()]
    assert said == []
    assert page.locator("h1").is_visible()
    assert page.locator("svg").count() >= 5
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.screenshot(path=tmp_path / f"dossier-{width}.png")
    page.close()
