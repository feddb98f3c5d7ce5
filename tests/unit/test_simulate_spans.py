"""Notes and the places of their identifiers."""

from datetime import date

import pytest

from factory.simulate.admissions import Hospital
from factory.simulate.clinical import clinical_source, draw_people, read_source
from factory.simulate.dice import Dice
from factory.simulate.mentions import AGE_MARKED_OVER, CLINICAL, IDENTIFYING
from factory.simulate.notes import _LANGUAGES, _SLOT, LONGEST, SHORTEST
from factory.simulate.shapes_codes import full_width, identity
from factory.simulate.shapes_dates import chinese, english
from factory.simulate.spans import MarkedText, Quote, Span


@pytest.fixture(scope="module")
def cases():
    source = read_source(clinical_source())
    hospital = Hospital(source, 7)
    return [hospital.admit(rows) for rows in draw_people(source, 1500, 7)]


def test_a_span_covers_the_value_and_not_its_title():
    text = MarkedText()
    text.say("Seen: ")
    text.quote(Quote("Chan", before="Mr ", after="?"), "NAME", "patient")
    whole = MarkedText()
    whole.say("陳 ")
    whole.append(text)
    assert str(whole) == "陳 Seen: Mr Chan?"
    assert whole.spans == [Span(11, 15, "NAME", "patient")]
    assert str(whole)[11:15] == "Chan"


def test_every_inserted_value_is_found_at_its_span(monkeypatch):
    inserted = []
    quote = MarkedText.quote

    def record(self, value, kind, of):
        quote(self, value, kind, of)
        inserted.append(value.value)
        assert str(self)[self.spans[-1].start : self.spans[-1].end] == value.value

    monkeypatch.setattr(MarkedText, "quote", record)
    source = read_source(clinical_source())
    hospital = Hospital(source, 11)
    quoted = set()
    for rows in draw_people(source, 100, 11):
        for note in hospital.admit(rows).notes:
            text = str(note[3])
            quoted.update(text[span.start : span.end] for span in note[3].spans)
    assert inserted
    assert quoted <= set(inserted)


def test_no_canonical_identifier_stands_outside_a_span(cases):
    for case in cases:
        person = case.person
        secrets = [
            person.mrn,
            person.id_number,
            person.mobile,
            person.email,
            person.home.address,
            person.name.latin,
        ]
        secrets += [case.person.kin.phone, case.person.kin.name.latin] if person.kin else []
        for _, _, _, text in case.notes:
            rest = str(text)
            for span in reversed(text.spans):
                rest = rest[: span.start] + "\0" + rest[span.end :]
            assert not [secret for secret in secrets if secret and secret in rest]


def test_spans_are_in_order_apart_and_not_empty(cases):
    for case in cases:
        for _, _, _, text in case.notes:
            assert SHORTEST <= len(str(text)) <= LONGEST
            assert len(text) == len(str(text))
            assert all(a.end <= b.start for a, b in zip(text.spans, text.spans[1:], strict=False))
            assert all(str(text)[span.start : span.end].strip() for span in text.spans)


def test_only_ages_over_89_are_marked(cases):
    ages = [
        int(str(text)[span.start : span.end])
        for case in cases
        for _, _, _, text in case.notes
        for span in text.spans
        if span.kind == "AGE"
    ]
    assert ages
    assert min(ages) > AGE_MARKED_OVER


def test_the_language_fits_the_person(cases):
    allowed = {"hk": {"en", "zh-Hant"}, "cn": {"zh-Hans"}, "other": {"en"}}
    for case in cases:
        assert {note[2] for note in case.notes} <= allowed[case.person.origin]


@pytest.mark.parametrize("module", _LANGUAGES.values(), ids=_LANGUAGES)
def test_every_slot_of_every_sentence_is_known(module):
    sentences = [*module.IDENTITY, *module.FAMILY, *module.CLINICAL, *module.NEGATIVE]
    sentences += [sentence for ends in module.KINDS.values() for end in ends for sentence in end]
    assert {slot for sentence in sentences for slot in _SLOT.findall(sentence)} <= {
        *IDENTIFYING,
        *CLINICAL,
        "age",
    }


@pytest.mark.parametrize("module", _LANGUAGES.values(), ids=_LANGUAGES)
def test_hard_negatives_hold_no_identifier(module):
    assert not {slot for sentence in module.NEGATIVE for slot in _SLOT.findall(sentence)} & {*IDENTIFYING}


def test_shapes_of_a_card_and_of_a_date():
    cards = {identity(Dice(seed, "test"), "HKID", "A123456(3)") for seed in range(300)}
    assert {"A 123456 (3)", "a123456(3)", "Ａ１２３４５６（３）", "A1234563", "123456(3)"} <= cards
    assert full_width("A1(3)") == "Ａ１（３）"
    day = date(2003, 5, 7)
    shapes = {english(Dice(seed, "test"), day) for seed in range(400)}
    assert {"2003-05-07", "7/5/2003", "7 May 2003", "May 7th", "03.05.07", "07MAY2003"} <= shapes
    shapes = {chinese(Dice(seed, "test"), day, traditional=True) for seed in range(400)}
    assert {"二零零三年五月七日", "2003年5月7日", "民國92年5月7日", "２００３年５月７日"} <= shapes
