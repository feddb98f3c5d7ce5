import html
import itertools
import json
import re

import jsonschema
import pytest
from unit.dossiers import facts, filled, measure, measured
from unit.sentences import asked

from factory.evidence.facts import _measure
from factory.evidence.html import dossier_html, rendered
from factory.evidence.plots import Point, privacy_map
from factory.evidence.risks import conditions, nearness, risks
from factory.evidence.schema import schema_text, unlisted
from factory.evidence.shown import hidden, shown
from factory.words import LANGUAGES, Said, Words, retold, words
from factory.words.figures import told

CHINESE = LANGUAGES[1:]
PLACES = re.compile(r"\{[a-z_]+(?::[^}]*)?\}")


@pytest.fixture(scope="module")
def everything():
    made = facts()
    return {**made, "risks": risks(made), "conditions": conditions(made)}


def test_the_facts_made_by_hand_keep_the_schema(everything):
    jsonschema.Draft202012Validator(json.loads(schema_text())).validate(json.loads(json.dumps(everything)))
    assert unlisted(everything) == []


@pytest.mark.parametrize("verdict", ["pass", "pass-with-shortfalls", "fail"])
@pytest.mark.parametrize("language", CHINESE)
def test_no_sentence_of_any_kind_of_row_falls_back_to_english(everything, language, verdict):
    for release in ("public", "data-use-agreement"):
        told_of = {**everything, "verdict": verdict, "policy": {**everything["policy"], "release": release}}
        say = Words(language, words(language).messages)
        page = html.unescape(rendered(told_of, say).decode())
        assert say.missing == set()
        # Whatever measures may say stands there in Chinese, with its values.
        assert [m for m in measured() if retold(say, filled(m).as_json()) not in page] == []


@pytest.mark.parametrize("language", CHINESE)
def test_a_translation_has_the_places_of_its_message(language):
    messages = words(language).messages
    wrong = [
        m
        for found in asked().values()
        for m in found
        if sorted(PLACES.findall(m)) != sorted(PLACES.findall(messages.get(m, m)))
    ]
    assert wrong == []


def test_the_same_facts_give_the_same_bytes_and_nothing_is_missing_of_little(everything):
    assert dossier_html(everything, "zh-Hant") == dossier_html(json.loads(json.dumps(everything)), "zh-Hant")
    empty = {
        **everything, "regimes": [], "controls": [], "questions": [], "shortfalls": [], "failures": [], "risks": [],
        "purposes": [], "statement": {"incident_plan": None}, "receipts": [], "measures": [], "decisions": [],
        "attacks": {"membership": [], "wp216": {}}, "marginals": {}, "quality": {}, "tasks": {},
        "pictures": {"roc": {}, "correlations": {}, "children": {}, "tasks": {}, "survivals": {}, "effects": {}},
        "engine": {**everything["engine"], "scoreboard": [], "redrawn": {}},
    }  # fmt: skip
    for language in LANGUAGES:
        assert b"</html>" in dossier_html(empty, language)


def test_counts_of_few_people_are_not_shown():
    assert [shown(n, 11) for n in (0, 1, 10, 11)] == [0, "<11", "<11", 11]
    assert [hidden(n, 11) for n in (None, 0, 10, 11)] == [None, 0, None, 11]
    few = _measure({**measure("k_map", value=3.0, n=7)}, 11)
    assert few["value"] is None and few["n"] is None
    assert _measure({**measure("k_map", value=30.0)}, 11)["value"] == 30.0
    with pytest.raises(KeyError):
        _measure({"name": "membership_auc"}, 11)


def test_a_page_says_less_than_eleven_and_never_how_many(everything):
    page = html.unescape(dossier_html(everything).decode())
    assert "100 learned from, <11 held out, 1,234 synthetic" in page
    assert "<11 of 100" in page


def test_risks_are_what_fails_then_what_cannot_tell_then_what_is_near():
    made = facts()
    made["controls"] = []
    made["gates"] = [{**made["gates"][0], "suite": "scorecard", "column": "linkability", "control": "GD-2"}]
    made["measures"] = [
        measure("membership_auc", high=0.59),
        measure("linkability", high=0.05, threshold=0.09),
        measure("inference", value=0.1, high=0.2, threshold=0.09, outcome="inconclusive"),
        measure("broken_rules", value=4.0, low=None, high=None, threshold=0.0, outcome="fail"),
        measure("identity_disclosure", high=0.085, threshold=0.09),
        measure("near_copy_share", bearing="alarm", high=9.0),
    ]
    assert [risk["measure"] for risk in risks(made)] == ["broken_rules", "inference", "membership_auc"]
    made["measures"] = made["measures"][1:2]
    assert [(risk["control"], risk["nearness"]) for risk in risks(made)] == [("GD-2", 0.556)]


def test_nearness_is_the_bad_end_over_the_threshold():
    assert nearness(measure(high=0.3, threshold=0.6)) == 0.5
    assert nearness(measure(low=0.5, threshold=1.0, direction="at least")) == 2.0
    assert nearness(measure(value=0.0, low=None, high=None, threshold=0.0)) == 0.0
    assert nearness(measure(value=2.0, low=None, high=None, threshold=0.0)) is None
    assert nearness(measure(value=None)) is None


def test_a_sentence_remembers_what_it_was_made_of():
    inner = Said("{attacks} attacks on {n} views", attacks=7, n=5)
    made = Said("{what} ({where})", what=inner, where="a {brace}")
    assert made == "7 attacks on 5 views (a {brace})"
    again = Said.of_json(json.loads(json.dumps(made.as_json())))
    assert again == made and again.as_json() == made.as_json()
    assert retold(words("zh-Hant"), made.as_json()) == "5 個視圖上的 7 種攻擊（a {brace}）"
    assert Said("no {place} filled") == "no {place} filled"


def test_a_figure_is_told_with_its_interval_and_why_it_clears_nobody():
    row = measure(weak=Said("Nothing to attack."), where="people")
    interval = "0.550 (95% interval 0.500 to 0.580), policy asks for at most 0.6"
    assert told(row) == f"Membership attack (people): {interval}; Nothing to attack."
    assert told(measure(value=None)) == "Membership attack: could not be measured on this data"
    assert told({**measure(low=None), "said": {}}).startswith("Membership attack: 0.550, policy")


def test_names_on_the_map_of_engines_do_not_cover_each_other():
    drawn = privacy_map([Point(name, 0.8, 0.55) for name in ("a-name", "b-name", "c-name")], 0.6)
    heights = sorted(float(y) for y in re.findall(r'<text x="[\d.]+" y="([\d.]+)"[^>]*>[abc]-name', drawn))
    assert len(heights) == 3 and all(b - a >= 13 for a, b in itertools.pairwise(heights))
