"""Layers (a), (c) and (d): names and numbers that the record knows, names by cue, and what was found once."""

from __future__ import annotations

import itertools

import pytest

from factory.deid.text import Detector, KnownPeople, PhiClass

NOBODY = Detector()


def covered(spans, text, part):
    start = text.index(part)
    seen = {i for span in spans for i in range(span.start, span.end)}
    return all(i in seen for i in range(start, start + len(part)) if text[i].isalnum())


def knowing(*values):
    people = KnownPeople()
    for kind, value in values:
        people.add("p", PhiClass[kind], value)
    return Detector(people)


HONG_KONG = knowing(
    ("NAME", "陳大文"),
    ("NAME", "CHAN Tai Man Peter"),
    ("ID", "A123456(3)"),
    ("MRN", "HN59767341"),
    ("PHONE", "+852 9123 4567"),
    ("EMAIL", "peter.chan@example.com"),
    ("ADDRESS", "Flat A, 12/F, Block 3, Kornhill, Quarry Bay"),
    ("DEVICE", "SN-9FETLCGBHH"),
)
MAINLAND = knowing(
    ("NAME", "王小红"),
    ("ID", "110105194912310021"),
    ("PHONE", "13812345678"),
    ("ADDRESS", "广东省深圳市南山区科苑路15号1栋302室"),
)
AMERICAN = knowing(("NAME", "Christopher Okonkwo"), ("NAME", "Will Hunt"))

WITH_RECORD = [
    (HONG_KONG, "Tai Man Chan", "{}, well today."),
    (HONG_KONG, "chan tai man", "spoke to {}, well today."),
    (HONG_KONG, "CHAN, Tai Man", "Pt {} went home."),
    (HONG_KONG, "T.M. Chan", "Seen: {} for review."),
    (HONG_KONG, "C.T.M.", "Seen {} in the ward."),
    (HONG_KONG, "CHAN Tia Man", "Pt {} went home."),
    (HONG_KONG, "ChanTai Man", "Pt {} went home."),
    (HONG_KONG, "Ah Man", "{} is better."),
    (HONG_KONG, "陈大文", "{}情况稳定。"),
    (HONG_KONG, "陳 大 文", "{}稱病人停藥。"),
    (HONG_KONG, "陳·大文", "{}情況穩定。"),
    (HONG_KONG, "陳大丈", "{}情況穩定。"),
    (HONG_KONG, "阿文", "{}昨晚睡得好。"),
    (HONG_KONG, "大文", "家人稱{}跌倒。"),
    (HONG_KONG, "123456(3)", "card {} seen"),
    (HONG_KONG, "a 123456", "card {} seen"),
    (HONG_KONG, "5976-7341", "file {} seen"),
    (HONG_KONG, "ＨＮ５９７６７３４１", "file {} seen"),
    (HONG_KONG, "9123.4567", "on {} today"),
    (HONG_KONG, "Block 3, Kornhill", "near {} today"),
    (HONG_KONG, "9FETL CGBHH", "meter {} back"),
    (MAINLAND, "Wang Xiaohong", "{} came."),
    (MAINLAND, "xiaohong wang", "{} came."),
    (MAINLAND, "小红", "诉{}近日好转。"),
    (MAINLAND, "0021", "卡尾{}。"),
    (MAINLAND, "科苑路15号", "家在{}附近。"),
    (AMERICAN, "Chris", "{} is asleep."),
    (AMERICAN, "Chritsopher", "{} is asleep."),
    (AMERICAN, "Okonkwo", "Mr {} is asleep."),
]
BY_CUE = [
    ("Mrs. Sukhorukova", "Sukhorukova", "{} called."),
    ("Dr Ngan", "Ngan", "seen by {} today."),
    ("Witness: tam hon kai", "tam hon kai", "{}."),
    ("YAU Kin Tong", "YAU Kin Tong", "Handed over to {}."),
    ("Maria-José Ångström", "Maria-José Ångström", "Letter from {} arrived."),
    ("O'Brien", "O'Brien", "Visited by sister {} twice."),
    ("van der Berg", "van der Berg", "Letter from Pieter {} arrived."),
    ("mr smith", "smith", "{} stable."),
    ("JOHN", "JOHN", "{} IS A 45 YO M."),
    ("wife maria", "maria", "{} called."),
    ("患者周家豪", "周家豪", "{}，男，58岁。"),
    ("买买提·阿依古丽", "买买提·阿依古丽", "姓名：{}"),
    ("湯大夫", "湯", "已听取{}的说明。"),
    ("欧阳清", "欧阳清", "姓名：{}，今日随访。"),
    ("威廉·威爾遜", "威廉·威爾遜", "通話由{}記錄。"),
    ("瑩晴", "瑩晴", "责任护士{}接诊。"),
    ("傅金铃", "傅金铃", "通话由{}登记。"),
]


@pytest.mark.parametrize(("detector", "form", "sentence"), WITH_RECORD, ids=[form for _, form, _ in WITH_RECORD])
def test_the_record_is_found_in_any_notation(detector, form, sentence):
    text = sentence.format(form)
    assert covered(detector.find(text, "p"), text, form)


@pytest.mark.parametrize(("form", "name", "sentence"), BY_CUE, ids=[form for form, _, _ in BY_CUE])
def test_a_name_without_a_record(form, name, sentence):
    text = sentence.format(form)
    assert covered(NOBODY.find(text), text, name)


def test_a_record_is_looked_up_in_its_own_persons_documents_only():
    people = KnownPeople()
    people.add("a", PhiClass.NAME, "Grace Young")
    people.add("b", PhiClass.NAME, "Rose Bell")
    detector = Detector(people)
    text = "With grace she asked for a young nurse."
    assert detector.find(text, "b") == []


@pytest.mark.parametrize(
    ("name", "form", "sentence"),
    [
        ("NG Ka", "No Ka", "Called daughter of {} on the phone."),
        ("HO Fu", "HO FFu", "Known patient, also registered as {}, seen in June."),
        ("OR Oi", "OR iO", "Known patient, also registered as {}, seen in June."),
        ("OR Oi", "ORaOi", "Known patient, also registered as {}, seen in June."),
        ("AU-YEUNG Chu Lin", "CL Au-Yeung", "Rang about {}. Asked for results."),
        ("Darren O'Brien", "D.O.", "Called friend of {} on the phone."),
        ("Guy Briggs", "Guy", "Known patient, also registered as {}, seen in June."),
        ("Guy Briggs", "Guy", "Seen on arrival: {} (bed 4), comfortable."),
        ("Guy Briggs", "Guy", "{} is comfortable."),
    ],
)
def test_short_and_common_names_of_the_record_with_a_slip(name, form, sentence):
    text = sentence.format(form)
    assert covered(knowing(("NAME", name)).find(text, "p"), text, form)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SO Ma", "So a dose was given. He is so much better."),
        ("ON Kit", "On examination the chest is clear."),
        ("LONG Wai", "a long stay, no guy ropes, low salt"),
    ],
)
def test_a_sentence_that_begins_like_a_name_of_the_record_stays(name, text):
    assert not knowing(("NAME", name)).find(text, "p")


def test_words_of_kinship_in_a_record_name_nobody():
    assert knowing(("NAME", "daughter")).find("Her daughter is well.", "p") == []


def test_what_was_found_once_goes_from_all_documents_of_the_person():
    people = KnownPeople({"p": []})
    first, second = Detector(people).find_many(["Mr Zbigniewski came.", "ZBIGNIEWSKI? No: Zbigniewski."], ["p", "p"])
    assert first
    assert covered(second, "ZBIGNIEWSKI? No: Zbigniewski.", "Zbigniewski.")


def test_spans_are_sorted_and_do_not_overlap():
    text = (
        "CHAN Tai Man, HKID A123456(3), 9123 4567, born 7 May 1903, Flat A, 12/F, Block 3, Kornhill; 陳大文, 陈大文。"
    )
    spans = HONG_KONG.find(text, "p")
    assert all(left.end <= right.start for left, right in itertools.pairwise(spans))
    assert all(span.start < span.end <= len(text) for span in spans)


def test_the_same_text_gives_the_same_spans_alone_and_among_others():
    text = "Mr Zbigniewski, 9123 4567, seen 2003-05-07."
    alone = NOBODY.find(text)
    among = NOBODY.find_many(["x", text, "y"])[1]
    assert alone == among


def test_many_values_are_carried_as_few_are():
    """From a hundred values on one automaton takes the place of a search for each."""
    names = [f"Mr Zbig{a}{b}ski" for a in "abcdefghij" for b in "klmnopqrstuv"]
    text = "\n".join(f"{name} came." for name in names)
    again = "\n".join(name.removeprefix("Mr ") for name in names)
    first, second = Detector(KnownPeople({"p": []})).find_many([text, again], ["p", "p"])
    assert len(first) == len(names)
    assert all(covered(second, again, name.removeprefix("Mr ")) for name in names)
