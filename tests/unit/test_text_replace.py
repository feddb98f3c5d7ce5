"""What stands in the place of what was found: a tag, or a surrogate."""

from __future__ import annotations

import re

import pandas as pd

from factory.deid.text import Detector, KnownPeople, PhiClass, deidentify_column, replace

TEXT = "Mr Zbigniewski (HKID A123456(3)) rang 9123 4567 on 2003-05-07; again on 2003-05-17."


def made(replacement, seed=1, person="p", text=TEXT):
    return replace(text, Detector().find(text), replacement, person=person, seed=seed)


def test_tags_name_the_class():
    assert made("tag") == "Mr [NAME] (HKID [ID]) rang [PHONE] on [DATE]; again on [DATE]."


def test_surrogates_keep_notation_and_say_nothing_true():
    text = made("surrogate")
    for true in ("Zbigniewski", "A123456(3)", "9123 4567", "2003-05-07"):
        assert true not in text
    assert re.fullmatch(r"Mr \w+ \(HKID [A-Z]\d{6}\(\d\)\) rang \d{4} \d{4} on [\d-]{10}; again on [\d-]{10}\.", text)


def test_a_surrogate_is_the_same_for_the_same_value_in_another_notation():
    text = "Card A123456(3), again a123456(3)."
    first, second = re.findall(r"[A-Za-z]\d{6}\(.\)", made("surrogate", text=text))
    assert first.lower() == second.lower()


def test_intervals_between_dates_are_kept():
    first, second = re.findall(r"\d{4}-\d{2}-\d{2}", made("surrogate"))
    assert (pd.Timestamp(second) - pd.Timestamp(first)).days == 10


def test_another_seed_or_person_gives_other_surrogates():
    assert made("surrogate", seed=1) == made("surrogate", seed=1)
    assert len({made("surrogate", seed=1), made("surrogate", seed=2), made("surrogate", person="q")}) == 3


def test_a_column_keeps_its_index_and_its_missing_cells():
    values = pd.Series(["Mr Zbigniewski came.", None, "陈大文情况稳定。"], index=[7, 3, 9])
    owners = pd.Series(["p", "q", "r"], index=[7, 3, 9])
    known = KnownPeople()
    known.add("r", PhiClass.NAME, "陳大文")
    column, counts = deidentify_column(values, owners, known)
    assert list(column.index) == [7, 3, 9]
    assert column.tolist() == ["Mr [NAME] came.", None, "[NAME]情况稳定。"]
    assert counts == {PhiClass.NAME: 2}
