"""The report of an assessment in a real browser: offline, at desk and phone width, without colour, and on paper."""

from __future__ import annotations

import re

import pytest

from factory.assessment.report import page as report
from factory.checks.measure import Bearing, Measure

RATES = [0.0, 0.25, 0.5, 0.75, 1.0]
ROC = {"fpr": RATES, "tpr": [0.0, 0.4, 0.7, 0.9, 1.0]}
MATRIX = [[1.0, 0.3, None], [0.3, 1.0, 0.1], [None, 0.1, 1.0]]
CURVE = [{"said": 0.1, "came": 0.12}, {"said": 0.6, "came": 0.5}]


def a_measure(name, value, low, high, threshold, bearing=Bearing.GATE, weak="", group="privacy", **more):
    made = Measure(
        name, f"What {name} is <of>", value, low, high, threshold, "at most", 1200, "A & B 2020", 7,
        "病人.性别", bearing, weak,
    )  # fmt: skip
    return {**made.as_row(), "group": group, **more}


def facts():
    """Figures of every kind that has a plot, as `Assessment.as_json` gives them."""
    measures = [
        a_measure("membership_auc", 0.62, 0.58, 0.66, 0.55),
        a_measure("singling_out", 0.03, -0.02, 0.08, 0.05),
        a_measure("worst_outliers", 0.7, 0.4, 0.95, 0.6, Bearing.ALARM),
        a_measure("distance", 3.2, None, None, None, Bearing.DIAGNOSTIC),
        a_measure("nothing", float("nan"), 0.0, 1.0, 0.05, weak="Some 400 people would be needed."),
        {
            **a_measure("c2st", 0.71, 0.68, 0.74, None, Bearing.DIAGNOSTIC, group="fidelity"),
            "title": "AUC of a classifier",
        },
        a_measure("tstr_gap_death", 0.01, -0.01, 0.015, 0.02, group="utility"),
    ]
    attack = {"attack": "DOMIAS", "view": "病人", "auc": 0.62, "low": 0.58, "high": 0.66, "tpr_1": 0.04, "tpr_10": 0.2}
    band = {"low": [0, 0.3, 0.6, 0.8, 1], "high": [0.1, 0.5, 0.8, 1, 1]}
    details = {
        "parts": [
            {"name": "membership", "group": "privacy", "measures": 5},
            {"name": "fidelity", "group": "fidelity", "measures": 1},
            {"name": "utility", "group": "utility", "measures": 1},
        ],
        "membership": {"attacks": [attack], "roc": {**ROC, **band}},
        "fidelity": {
            "c2st": {
                "病人": {
                    "roc": ROC,
                    "columns": {"年龄": 0.12},
                    "recognised": [{"column": "年龄", "sign": "extreme", "share": 0.4, "usual": 0.1}],
                }
            },
            "associations": {"病人": {"columns": ["年龄", "性别", "体重"], "train": MATRIX, "synthetic": MATRIX[::-1]}},
            "relations": {
                "stays": {
                    "parent": "病人",
                    "children_per_parent": {"children": ["0", "1+"], "train": [0.4, 0.6], "synthetic": [0.5, 0.5]},
                }
            },
            "time": {
                "charted": {
                    "trajectories_by_lab": {
                        "sodium": {
                            "time": [0, 4, 12],
                            "real": [140, 141, 139],
                            "low": [139, 140, 138],
                            "high": [141, 142, 140],
                            "synthetic": [140, None, 141],
                        }
                    }
                }
            },
        },
        "utility": {
            "tasks": {
                "death": {
                    "roc": {"tstr": ROC, "trtr": ROC},
                    "calibration": {"tstr": {"curve": CURVE}, "trtr": {"curve": CURVE}},
                }
            },
            "survivals": {
                "os": {
                    "curves": [
                        {
                            "group": "all",
                            "time": [0, 1, 2],
                            "real": [1, 0.8, 0.7],
                            "synthetic": [1, 0.9, 0.7],
                            "fresh": [1, 0.8, 0.6],
                        }
                    ]
                }
            },
            "effects": {
                "drug": {"coefficients": [{"name": "dose", "real": [0.2, 0.1, 0.3], "synthetic": [0.1, -0.1, 0.3]}]}
            },
        },
        "marginals": {
            "病人.性别": [
                {"label": "<男>", "real": 0.5, "synthetic": 0.45},
                {"label": "女", "real": 0.5, "synthetic": 0.55},
            ]
        },
        "reading": {"broken": {"病人.年龄: not whole": 12}},
    }  # fmt: skip
    people = {"train": 1200, "holdout": 500, "synthetic": 1200}
    return {
        "format": 1,
        "verdict": "fail",
        "because": [{"name": "membership_auc", "where": "病人.性别"}],
        "contract": {"name": "ward", "title": "Ward & more", "digest": "0" * 64, "drafted": False},
        "people": people,
        "rows": {"病人": people},
        "columns": {"病人": 3},
        "absent": {"病人": ["体温"]},
        "notes": ["a note"],
        "engine": None,
        "scoreboard": [{"engine": "trees", "c2st": 0.55, "upper": 0.53, "won": True}],
        "seed": 0,
        "policy": {"membership_auc": 0.55, "smallest_cell": 11},
        "code": {"version": "0", "digest": "1" * 64, "tools": {"numpy": "2"}},
        "measures": measures,
        "details": details,
    }


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("web") / "assessment.html"
    path.write_bytes(report(facts()))
    return path


@pytest.mark.parametrize("width", [1280, 390])
def test_it_opens_offline_and_the_verdict_comes_first(width, browser, file):
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    assert asked == [file.as_uri()] and said == []
    verdict = page.locator("#verdict")
    assert verdict.is_visible() and "✖ FAIL" in verdict.inner_text()
    assert verdict.bounding_box()["y"] < 300
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.close()


def test_every_plot_is_named_and_drawn(browser, file):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(file.as_uri())
    plots = page.locator("svg")
    names = [plots.nth(place).get_attribute("aria-label") for place in range(plots.count())]
    wanted = (
        "Privacy and fidelity", "ROC of the worst attack", "Told from real rows: 病人", "Dependence", "Rows of stays",
        "Mean course: sodium", "ROC on real people: death", "Calibration on real people: death", "Kaplan-Meier: os",
        "Estimates: drug", "病人.性别",
    )  # fmt: skip
    for name in wanted:
        assert sum(label.startswith(name) for label in names) == 1, (name, names)
    for place in range(plots.count()):
        assert plots.nth(place).get_attribute("role") == "img"
        box = plots.nth(place).bounding_box()
        assert box["width"] > 200 and box["height"] > 40
    # Told apart without colour: synthetic lines are dashed.
    assert page.locator("svg path[stroke-dasharray]").count() >= 4
    page.close()


def test_each_outcome_has_a_word_and_a_symbol(browser, file):
    page = browser.new_page()
    page.goto(file.as_uri())
    outcomes = page.locator("table.measures b.o").all_inner_texts()
    assert outcomes == [
        "✖ fail",
        "? inconclusive",
        "? inconclusive",
        "· no alarm",
        "· diagnostic",
        "· diagnostic",
        "✔ pass",
    ]
    text = page.locator("body").inner_text()
    for words in (
        "Some 400 people would be needed.",
        "0.580 to 0.660",
        "at most 0.550",
        "DOMIAS",
        "体温",
        "not whole: 12",
    ):
        assert words in text
    assert "<of>" in text and "A & B 2020" in text
    page.close()


def test_it_prints(browser, file):
    page = browser.new_page()
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    assert page.locator("#verdict").is_visible()
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF") and len(re.findall(rb"/Type\s*/Page\b", paper)) >= 2
    page.close()


def test_it_is_one_small_file_without_scripts_or_links_elsewhere(file):
    html = file.read_text()
    assert len(html.encode()) < 3_000_000
    assert "<script" not in html and "<link" not in html and "<img" not in html
    addresses = set(re.findall(r'(?:src|href)="([^"]*)"', html))
    assert all(address.startswith("#") for address in addresses)
    assert report(facts()) == report(facts())
