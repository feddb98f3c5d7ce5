import json
import math
import re
import sys
from pathlib import Path

import pytest

from factory.core.errors import BrokenFile, FactoryError
from factory.deid.evaluate import Corpus, Document, Gold, evaluate, load_corpus, report, score
from factory.deid.evaluate.intervals import wilson
from factory.deid.text.spans import Layer, PhiClass, Span

LABELS = {"NAME": PhiClass.NAME, "DATE": PhiClass.DATE}


def corpus(*documents):
    return Corpus("made", list(documents), LABELS)


def document(text, *gold, name="d", language="en", of="other"):
    spans = tuple(
        Gold(text.index(value), text.index(value) + len(value), label, kind, of) for value, label, kind in gold
    )
    return Document(name, text, spans, language=language)


def span(text, value, kind=PhiClass.NAME):
    start = text.index(value)
    return Span(start, start + len(value), kind, Layer.NAME, 1.0)


class Fake:
    """A detector of dates and of one name: metrics are tested on findings that are known beforehand."""

    def __init__(self, known=None):
        self.known = known

    def find_many(self, texts, people=None):
        kinds = {True: PhiClass.DATE, False: PhiClass.NAME}
        return [
            [
                Span(m.start(), m.end(), kinds[m[0][0].isdigit()], Layer.FORMAT, 0.5)
                for m in re.finditer(r"\d{4}-\d\d-\d\d|Ann Lee", text)
            ]
            for text in texts
        ]


# Metrics


def test_a_gold_span_is_found_when_the_union_of_findings_holds_each_letter_of_it():
    text = "seen by Ann-Lee, Wong today"
    given = corpus(document(text, ("Ann-Lee, Wong", "NAME", PhiClass.NAME)))
    split = [[span(text, "Ann"), span(text, "Lee"), span(text, "Wong", PhiClass.ORG)]]
    whole = score(given, split).overall
    assert whole.recall.part == 1
    assert whole.same_class.part == 0, "a piece of it was taken for another class"
    assert whole.precision.value == 1 and whole.char_recall.value == 1 and whole.char_precision.value == 1
    part = score(given, [[span(text, "Ann"), span(text, "Lee")]])
    assert part.overall.recall.part == 0 and part.overall.partial.part == 1
    assert part.overall.char_recall.value == pytest.approx(6 / 10)
    assert [(leak.doc, leak.start, leak.end, leak.kind) for leak in part.leaks] == [("d", 8, 21, PhiClass.NAME)]


def test_neutral_gold_is_neither_owed_nor_wrong():
    text = "Ann Lee of France came"
    given = corpus(document(text, ("Ann Lee", "NAME", PhiClass.NAME), ("France", "GPE", None)))
    scores = score(given, [[span(text, "Ann Lee"), span(text, "France", PhiClass.ADDRESS)]])
    assert scores.overall.recall.whole == 1
    assert scores.overall.precision.whole == 1 and scores.overall.char_precision.value == 1
    assert scores.neutral == {"GPE": 1}
    across = score(given, [[span(text, "Ann Lee of France")]]).overall
    assert across.precision.value == 1
    assert (across.char_precision.part, across.char_precision.whole) == (6, 8), "'of' is wrong, 'France' is not"


def test_a_finding_outside_any_gold_is_wrong():
    text = "Ann Lee has Wilson disease"
    scores = score(corpus(document(text, ("Ann Lee", "NAME", PhiClass.NAME))), [[span(text, "Wilson")]])
    assert (scores.overall.precision.part, scores.overall.precision.whole) == (0, 1)
    assert (scores.overall.f1, scores.overall.f2) == (0, 0)


def test_figures_are_by_class_and_language_and_patients_are_counted_apart():
    english, chinese = "Ann Lee on 2024-01-02", "患者王芳今日复诊"
    given = corpus(
        document(english, ("Ann Lee", "NAME", PhiClass.NAME), ("2024-01-02", "DATE", PhiClass.DATE), of="patient"),
        document(chinese, ("王芳", "NAME", PhiClass.NAME), name="z", language="zh-Hans"),
    )
    scores = evaluate(given, Fake().find_many)
    assert scores.of("NAME").recall[3:] == (1, 2)
    assert scores.of("NAME", "zh-Hans").recall[3:] == (0, 1)
    assert scores.of("DATE", "zh-Hans") is None
    assert scores.patient_leaks == 0 and scores.patients.whole == 2
    assert [leak.doc for leak in scores.leaks] == ["z"]


def test_blocks_of_documents_give_what_one_block_gives(monkeypatch):
    text = "Ann Lee on 2024-01-02 and Bo Xu"
    gold = (("Ann Lee", "NAME", PhiClass.NAME), ("Bo Xu", "NAME", PhiClass.NAME))
    given = corpus(*(document(text, *gold, name=str(n)) for n in range(7)))
    one = evaluate(given, Fake().find_many)
    monkeypatch.setattr("factory.deid.evaluate.matching._BLOCK", 40)
    many = evaluate(given, Fake().find_many)
    assert many.leaks == one.leaks and len(one.leaks) == 7
    assert {**report.as_json(many), "seconds": 0} == {**report.as_json(one), "seconds": 0}


def test_intervals_are_wilsons_and_the_same_for_the_same_seed():
    share = wilson(9, 10)
    assert (round(share.low, 4), round(share.high, 4)) == (0.5958, 0.9821)
    assert wilson(10, 10).high == 1 and wilson(10, 10).low < 0.75
    assert math.isnan(wilson(0, 0).value)
    texts = ["Ann Lee", "Bo Xu and Ann Lee", "Bo Xu"]
    given = corpus(*(document(text, (text, "NAME", PhiClass.NAME)) for text in texts))
    first, second = (evaluate(given, Fake().find_many, seed=3).overall.char_recall for _ in range(2))
    assert first == second and first.low < first.value < first.high


def test_text_without_labels_gives_what_was_removed():
    given = Corpus("plain", [Document("a", "Ann Lee 12", ())], {}, labelled=False)
    scores = evaluate(given, Fake().find_many)
    assert (scores.overall.removed.part, scores.overall.removed.whole) == (6, 8)
    assert math.isnan(scores.overall.recall.value) and not scores.leaks


def test_no_report_holds_a_text():
    text = "Zebedee Quirk was seen"
    scores = score(corpus(document(text, ("Zebedee Quirk", "NAME", PhiClass.NAME))), [[]])
    said = json.dumps(report.as_json(scores)) + report.leak_lines(scores).decode() + str(report.summary(scores))
    assert "Quirk" not in said + str(report.examples(scores)) + str(scores.leaks)
    assert json.loads(report.leak_lines(scores))["class"] == "NAME"


# Corpora


def test_presidio_sentences_keep_cities_and_leave_out_countries_years_and_titles(tmp_path):
    text = "Dr. Bo from Oslo, Norway, TX, born 1970, on 3/4/1970 11:30, Monday, aged 45 and 92 at Acme"
    spans = [
        ("PERSON", "Dr."), ("PERSON", "Bo"), ("GPE", "Oslo"), ("GPE", "Norway"), ("GPE", "TX"), ("DATE_TIME", "1970"),
        ("DATE_TIME", "3/4/1970 11:30"), ("DATE_TIME", "Monday"), ("AGE", "45"), ("AGE", "92"),
        ("ORGANIZATION", "Acme"),
    ]  # fmt: skip
    rows = [
        {
            "full_text": text,
            "spans": [
                {"entity_type": label, "start_position": text.index(v), "end_position": text.index(v) + len(v)}
                for label, v in spans
            ],
        }
    ]
    (tmp_path / "generated_small.json").write_text(json.dumps(rows))
    (given,) = load_corpus(tmp_path).documents
    owed = [text[gold.start : gold.end] for gold in given.gold if gold.kind]
    assert owed == ["Bo", "Oslo", "3/4/1970", "92"]
    assert load_corpus(tmp_path / "generated_small.json").name == "presidio-synth"


def test_spanish_reports_by_form_leave_names_and_dates_in_words(tmp_path):
    text = "Ana Gil, NHC 123456, 4-8-04, julio de 2006, 2001, soltera, 45 años"
    spans = [
        ("NOMBRE_SUJETO_ASISTENCIA", "Ana Gil"), ("ID_SUJETO_ASISTENCIA", "123456"), ("FECHAS", "4-8-04"),
        ("FECHAS", "julio de 2006"), ("FECHAS", "2001"), ("ID_SUJETO_ASISTENCIA", "soltera"),
        ("EDAD_SUJETO_ASISTENCIA", "45 años"),
    ]  # fmt: skip
    row = {
        "id": "S1",
        "text": text,
        "spans": [{"label": k, "start": text.index(v), "end": text.index(v) + len(v), "text": v} for k, v in spans],
    }
    (tmp_path / "dev.jsonl").write_text(json.dumps(row) + "\n")
    given = load_corpus(tmp_path)
    assert given.name == "meddocan" and given.languages == ("es",)

    def owed(corpus):
        return [text[gold.start : gold.end] for gold in corpus.documents[0].gold if gold.kind]

    assert owed(given) == ["Ana Gil", "123456", "4-8-04", "julio de 2006"]
    assert owed(given.formats_only()) == ["123456", "4-8-04"]


def test_fixtures_of_every_shape_are_read(tmp_path):
    shapes = {
        "zh-Hant.json": {
            "locale": "zh-Hant", "language": "zh", "text": "患者林星河",
            "expected_entities": [{"label": "person", "start": 2, "end": 5}],
        },
        "names.json": {"cases": [{"case_id": "n", "text": "王伟复诊，王伟好转", "names": ["王伟", "王伟"]}]},
        "address.json": {"cases": [{"id": "a", "text": "住址：和顺街17号。", "address": "和顺街17号"}]},
        "golden.json": {
            "fixtures": [
                {"id": "g", "language": "ja", "text": "03-12", "gold_spans": [{"label": "PHONE", "start": 0, "end": 5}]}
            ]
        },
    }  # fmt: skip
    for name, value in shapes.items():
        (tmp_path / name).write_text(json.dumps(value), encoding="utf-8")
    cmeee = {
        "id": "c", "language": "zh", "text": "患者王芳", "entities": [{"type": "person"}],
        "metadata": {"phi_spans": [{"start": 2, "end": 4, "label": "PERSON"}]},
    }  # fmt: skip
    (tmp_path / "cmeee.jsonl").write_text(json.dumps(cmeee) + "\n")
    (tmp_path / "divisions.json").write_text('{"divisions": []}')
    given = load_corpus(tmp_path)
    found = {d.id.split(":")[0]: (d.language, [d.text[g.start : g.end] for g in d.gold]) for d in given.documents}
    assert found == {
        "zh-Hant": ("zh-Hant", ["林星河"]),
        "names": ("zh", ["王伟", "王伟"]),
        "address": ("zh", ["和顺街17号"]),
        "golden": ("ja", ["03-12"]),
        "cmeee": ("zh", ["王芳"]),
    }
    assert given.in_language("zh").languages == ("zh", "zh-Hant")


def test_a_hospital_gives_documents_of_persons(hospital):
    given = load_corpus(hospital)
    assert given.known is not None and {"en", "zh-Hans", "zh-Hant"} >= set(given.languages)
    assert all(document.person for document in given.documents)
    owners = {gold.of for document in given.documents for gold in document.gold}
    assert {"patient", "staff"} <= owners
    assert evaluate(given, lambda texts, people: [[] for _ in texts]).overall.recall.part == 0


def test_brat_pairs_and_json_lines_are_read_with_i2b2s_names(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"Ann\r\nLee, MR 77")
    (tmp_path / "a.ann").write_text("T1\tPATIENT 0 3;5 8\tAnn Lee\nT2\tMEDICALRECORD 13 15\t77\nT3\tODD 9 9\t\n")
    with pytest.raises(BrokenFile):
        load_corpus(tmp_path)
    (tmp_path / "a.ann").write_text("T1\tPATIENT 0 3;5 8\tAnn Lee\nT2\tMEDICALRECORD 13 15\t77\nT3\tODD 9 12\tx\n")
    given = load_corpus(tmp_path)
    assert [g.kind for g in given.documents[0].gold] == [PhiClass.NAME, PhiClass.NAME, PhiClass.MRN, None]
    lines = tmp_path / "own.jsonl"
    lines.write_text('{"id": 7, "text": "Ann", "spans": [{"start": 0, "end": 3, "class": "NAME", "of": "kin"}]}\n')
    assert load_corpus(lines).documents[0].gold == (Gold(0, 3, "NAME", PhiClass.NAME, "kin"),)
    lines.write_text('{"id": 7, "text": "Ann", "spans": [{"start": 0, "end": 4, "class": "NAME"}]}\n')
    with pytest.raises(BrokenFile, match="outside its text"):
        load_corpus(lines)


def test_unlabelled_dialogues_and_unknown_folders(tmp_path):
    (tmp_path / "MTS-Dialog-x.csv").write_text('ID,section_header,section_text,dialogue\n1,HX,"Ann, 3",Hello\n')
    given = load_corpus(tmp_path)
    assert not given.labelled and [d.text for d in given.documents] == ["Ann, 3", "Hello"]
    odd = tmp_path / "odd.jsonl"
    odd.write_text('{"text": "Quirk", "gold_spans": [{"start": 0}]}')
    for path in (tmp_path / "absent", Path(__file__), odd):
        with pytest.raises(FactoryError) as failure:
            load_corpus(path)
        assert "Quirk" not in str(failure.value)


# Presidio


def test_presidio_is_run_by_another_python_and_its_words_are_not_repeated(tmp_path, monkeypatch):
    from factory.deid.evaluate import presidio

    monkeypatch.delenv(presidio.PYTHON, raising=False)
    with pytest.raises(FactoryError, match=presidio.PYTHON):
        presidio.run(["Ann Lee"])
    stub = tmp_path / "python"
    stub.write_text(
        f"#!{sys.executable}\n"
        "import json, sys\n"
        "texts = json.load(open(sys.argv[2]))\n"
        "if 'Quirk' in texts: sys.exit('Quirk')\n"
        "spans = [[[0, 3, 'PERSON', 0.85], [4, 7, 'US_SSN', 0.5]] for text in texts]\n"
        "json.dump({'seconds': 1, 'model': 'm', 'version': '2', 'spans': spans}, open(sys.argv[3], 'w'))\n"
    )
    stub.chmod(0o755)
    monkeypatch.setenv(presidio.PYTHON, str(stub))
    result = presidio.run(["Ann Lee"])
    assert [hit.kind for hit in result.spans[0]] == [PhiClass.NAME, PhiClass.ID] and result.label == "Presidio 2, m"
    with pytest.raises(FactoryError) as failure:
        presidio.run(["Quirk"])
    assert "Quirk" not in str(failure.value) and failure.value.__cause__ is None
