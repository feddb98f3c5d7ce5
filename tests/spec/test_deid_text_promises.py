"""Free text, the promises: nothing of the patient survives, recall and precision on packs of several authors.

The hospital's notes come from `factory simulate`, whose author is the rules' own project; the canary pack, the English
sentences, the Chinese fixtures and the Spanish case reports are of others.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from factory.contract import load
from factory.deid import deidentify_hospital
from factory.deid.evaluate import evaluate, load_corpus
from factory.deid.text import Detector
from factory.scan.canary import canary_pack, leaks, table_leaks
from factory.simulate import simulate

PACK = {
    "patients": {
        "person": {"role": "key", "type": "string", "as": "person"},
        **{
            column: {"role": "identifier", "type": "string", "class": kind}
            for column, kind in {
                "name_en": "name", "name_zh": "name", "name_hans": "name", "mrn": "mrn", "id_number": "national-id",
                "phone_mobile": "phone", "phone_home": "phone", "fax": "fax", "email": "email", "address": "address",
                "address_zh": "address", "address_hans": "address", "postcode": "postcode", "kin_name": "name",
                "kin_name_zh": "name", "kin_name_hans": "name", "kin_phone": "phone", "plan_number": "health-plan",
                "card_number": "account", "licence_number": "licence", "plate": "vehicle", "vin": "vehicle",
                "device_serial": "device",
            }.items()
        },
    },
    "notes": {
        "note_id": {"role": "key", "type": "string", "as": "note_id"},
        "person": {"role": "key", "type": "string", "as": "person"},
        "text": {"role": "free-text", "type": "string"},
    },
}  # fmt: skip


@pytest.fixture(scope="module", params=[314159])
def notes(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "hospital"
    simulate(700, request.param, folder)
    corpus = load_corpus(folder)
    return evaluate(corpus, Detector(corpus.known()).find_many)


def test_no_identifier_of_a_notes_own_patient_survives_in_any_notation(notes):
    assert notes.patients.whole > 1000
    assert notes.patient_leaks == 0


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_recall_and_precision_in_each_language(notes, language):
    score = notes.of(language=language)
    assert score.recall.value >= 0.995
    assert score.char_precision.value >= 0.95


def test_a_detector_that_finds_nothing_is_seen_to_leak(tmp_path):
    simulate(30, 1, tmp_path / "hospital")
    scores = evaluate(load_corpus(tmp_path / "hospital"), lambda texts, people=None: [[] for _ in texts])
    assert scores.patient_leaks == scores.patients.whole > 0
    assert scores.overall.recall.value == 0


def test_the_canary_pack_comes_through_the_same_flow_without_a_leak(tmp_path):
    """SH-CANARY. Employers, handles and given names alone stand in no table: cues find them."""
    pack = canary_pack(seed=1)
    data = tmp_path / "data"
    data.mkdir()
    pack.patients[list(PACK["patients"])].to_csv(data / "patients.csv", index=False)
    pack.notes[["note_id", "person", "text"]].to_csv(data / "notes.csv", index=False)
    contract = tmp_path / "contract.yaml"
    contract.write_text(
        json.dumps(
            {
                "contract": 1, "name": "canary", "title": "Canary", "licensor": "Nobody", "person": "patients",
                "tables": {
                    "patients": {"key": "person", "columns": PACK["patients"]},
                    "notes": {"key": "note_id", "columns": PACK["notes"], "withhold": True},
                },
                "relations": [{"child": "notes.person", "parent": "patients.person"}],
                "policy": {"fewest_people": 20},
            },
            ensure_ascii=False,
        )
    )  # fmt: skip
    deidentify_hospital(load(contract), data, tmp_path / "out", ["hipaa-safe-harbor"], seed=1)
    frames = {name: pd.read_parquet(tmp_path / "out" / f"{name}.parquet") for name in ("patients", "notes")}
    told = dict(zip(pack.notes["note_id"], frames["notes"]["text"], strict=True))
    left = {letter: recall.total - recall.removed for letter, recall in leaks(pack, told).items()}
    assert not any(left.values()), left
    assert not any(recall.total - recall.removed for recall in table_leaks(pack, frames).values())


def test_notes_that_went_through_nothing_leak_the_canary():
    pack = canary_pack(seed=1)
    told = dict(zip(pack.notes["note_id"], pack.notes["text"], strict=True))
    assert sum(recall.removed for recall in leaks(pack, told).values()) == 0


def packs(factory_data, name, language=None, formats=False):
    corpus = load_corpus(Path(factory_data) / name)
    corpus = corpus.in_language(language) if language else corpus
    return corpus.formats_only() if formats else corpus


def test_english_sentences_of_another_author(factory_data):
    """Its author publishes .55 and .944 for its own default detector on part of it, counted by token."""
    scores = evaluate(packs(factory_data, "phi-presidio-synth"), Detector().find_many)
    assert scores.overall.recall.value >= 0.88
    assert scores.overall.precision.value >= 0.95


def test_every_supported_span_of_the_chinese_fixtures(factory_data):
    scores = evaluate(packs(factory_data, "phi-openmed-fixtures", "zh"), Detector().find_many)
    assert scores.overall.recall.whole >= 26
    assert not scores.leaks


def test_language_free_formats_in_spanish_case_reports(factory_data):
    corpus = packs(factory_data, "phi-meddocan-es", formats=True)
    scores = evaluate(corpus, Detector().find_many)
    for kind in ("DATE", "PHONE", "EMAIL", "ID", "MRN", "ACCOUNT", "LICENCE"):
        assert scores.of(kind).recall.value >= 0.95, kind


def test_little_goes_from_notes_that_hold_nothing(factory_data):
    scores = evaluate(packs(factory_data, "notes-mts-dialog"), Detector().find_many)
    assert scores.overall.removed.value <= 0.015
