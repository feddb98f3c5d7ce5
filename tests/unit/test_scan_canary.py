import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factory.scan.canary import canary_pack, leaks, table_leaks, uncovered, wilson
from factory.scan.checkdigits import is_hkid, is_luhn, is_resident_number, is_vin


@pytest.fixture(scope="module")
def pack():
    return canary_pack(1)


@pytest.fixture(scope="module")
def texts(pack):
    return {note.note_id: note.text for note in pack.notes.itertuples()}


def test_sixty_notes_in_each_language_and_every_class_software_finds(pack):
    assert pack.notes.language.value_counts().to_dict() == {"en": 60, "zh-Hans": 60, "zh-Hant": 60}
    assert {gold.letter for gold in pack.gold} == set("ABCDEFGHIJKLMNOR")
    assert len({gold.notation for gold in pack.gold}) > 80
    assert pack.notes.note_id.is_unique
    assert set(pack.notes.person) <= set(pack.patients.person)


def test_the_same_seed_gives_the_same_pack(pack):
    again, other = canary_pack(1), canary_pack(2)
    pd.testing.assert_frame_equal(pack.notes, again.notes)
    assert pack.gold == again.gold
    assert not pack.notes.text.equals(other.notes.text)


def test_spans_name_something_and_do_not_overlap(pack, texts):
    last = {}
    for gold in pack.gold:
        value = texts[gold.note][gold.start : gold.end]
        assert value and value == value.strip(), gold.notation
        assert gold.start >= last.get(gold.note, 0)
        last[gold.note] = gold.end
        assert "{" not in texts[gold.note]


def test_check_digits_are_right(pack):
    for person in pack.patients.itertuples():
        if person.origin == "HK":
            assert is_hkid(person.id_number.replace("(", "").replace(")", ""))
        if person.origin == "CN":
            assert is_resident_number(person.id_number)
        assert is_luhn(person.card_number)
        assert is_vin(person.vin)


def test_nothing_removed_is_all_leaked_and_all_removed_is_none(pack, texts):
    everything, nothing = leaks(pack, texts), leaks(pack, dict.fromkeys(texts, ""))
    assert sum(recall.total for recall in everything.values()) == len(pack.gold)
    assert all(recall.removed == 0 and len(recall.leaks) == recall.total for recall in everything.values())
    assert all(recall.removed == recall.total and not recall.leaks for recall in nothing.values())


def test_each_value_removed_by_itself_is_counted(pack, texts):
    gone = dict(texts)
    for gold in sorted(pack.gold, key=lambda one: -one.start):
        gone[gold.note] = f"{gone[gold.note][: gold.start]}[{gold.letter}]{gone[gold.note][gold.end :]}"
    assert all(recall.removed == recall.total for recall in leaks(pack, gone).values())


def test_spelled_otherwise_it_is_still_there(pack, texts):
    gold = next(one for one in pack.gold if one.notation == "mrn/split")
    digits = "".join(letter for letter in texts[gold.note][gold.start : gold.end] if letter.isalnum())
    kept = leaks(pack, {**dict.fromkeys(texts, ""), gold.note: f"No. {digits.lower()}"})
    assert kept["H"].leaks == ((gold.note, gold.start, gold.end),)


def test_spans_must_cover_wholly(pack):
    exact = {}
    for gold in pack.gold:
        exact.setdefault(gold.note, []).append((gold.start, gold.end))
    short = {note: [(start, end - 1) for start, end in spans] for note, spans in exact.items()}
    assert all(recall.value == 1 for recall in uncovered(pack, exact).values())
    assert all(recall.value == 0 for recall in uncovered(pack, short).values())


def test_tables(pack):
    assert all(recall.removed == recall.total for recall in table_leaks(pack, {"a": pd.DataFrame({"x": [1]})}).values())
    some = table_leaks(pack, {"a": pack.patients[["mrn"]]})
    assert some["H"].removed == 0
    assert some["F"].removed == some["F"].total


@given(st.integers(1, 2000), st.data())
def test_wilson(total, data):
    hits = data.draw(st.integers(0, total))
    low, high = wilson(hits, total)
    assert 0 <= low <= hits / total + 1e-12
    assert hits / total - 1e-12 <= high <= 1


def test_wilson_of_known_figures():
    assert wilson(0, 0) == (0.0, 1.0)
    assert math.isclose(wilson(10, 10)[0], 0.7225, abs_tol=1e-4)
