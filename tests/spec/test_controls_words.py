"""Every sentence of a control is there in both scripts of Chinese, with the same places and no stranger beside it."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

import factory.evidence.controls as package
from factory.contract.model import Regime
from factory.evidence.controls.base import Verdict
from factory.evidence.controls.judge import CATALOGUE
from factory.evidence.controls.profiles import profile
from factory.words import LANGUAGES
from factory.words.catalogue import LOCALE, read_catalogue

SENTENCE = re.compile(r"[A-Z{].* .*\.")
PLACES = re.compile(r"\{[a-z]+\}")
ELSEWHERE = {"Check the profile.", "Mend the profile.", "See expectations/profiles/."}
"""Mending hints of errors, which terminals show in English."""


def sentences_of(path):
    """Whole sentences among a module's strings: neither docstrings nor parts of other strings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        whole = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare | parts
        if whole and SENTENCE.fullmatch(node.value):
            yield node.value


def said():
    made = {verdict.value for verdict in Verdict}
    for control in CATALOGUE.values():
        made |= {text for text in (control.title, control.checks, control.question) if text}
    made |= {profile(regime).title for regime in get_args(Regime)}
    for path in Path(package.__path__[0]).glob("*.py"):
        if path.name != "reference.py":
            made |= set(sentences_of(path))
    return made - ELSEWHERE


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_sentence_is_missing_and_none_is_left_over(language):
    catalogue = read_catalogue(LOCALE / language / "controls.po")
    assert set(catalogue) == said()


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_the_places_agree_and_what_is_said_is_chinese(language):
    for sentence, there in read_catalogue(LOCALE / language / "controls.po").items():
        assert sorted(PLACES.findall(sentence)) == sorted(PLACES.findall(there)), sentence
        assert re.search(r"[\u3400-\u9fff]", there), sentence


def test_neither_script_is_written_in_the_other():
    """Characters that only one of the scripts has, as a sample of the commonest."""
    traditional, simplified = "資數據識別檔證險與為國關備", "资数据识别档证险与为国关备"
    only = {a: b for a, b in zip(traditional, simplified, strict=True) if a != b}
    for language, foreign in (("zh-Hant", set(only.values())), ("zh-Hans", set(only))):
        said_there = "".join(read_catalogue(LOCALE / language / "controls.po").values())
        assert not foreign & set(said_there), language


def test_questions_can_be_answered_yes_or_no():
    for control in CATALOGUE.values():
        assert control.question is None or control.question.endswith("?"), control.id
