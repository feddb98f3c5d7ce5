"""`factory deid text` and `factory deid evaluate` as real processes, with the detector that ships."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from factory.core.errors import BrokenFile
from factory.deid.notes import known_record
from factory.deid.notes.record import PERSON
from factory.deid.text import Detector, replace


def piped(data, *words):
    """`factory deid text` with bytes on standard input."""
    command = [sys.executable, "-m", "factory.cli", "deid", "text", *words]
    return subprocess.run(command, input=data, capture_output=True, timeout=120, check=False)


def test_text_goes_through_files_as_it_is_but_for_identifiers(tmp_path, factory):
    note = tmp_path / "a.txt"
    note.write_bytes("\ufeffMr Zbigniewski came.\r\nSeen 2024-01-02 好\n".encode())
    spans, out = tmp_path / "spans.jsonl", tmp_path / "clean.txt"
    done = factory("deid", "text", note, "--out", out, "--spans", spans)
    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == "Mr [NAME] came.\r\nSeen [DATE] 好\n".encode()
    rows = [json.loads(line) for line in spans.read_text().splitlines()]
    assert [(row["start"], row["end"], row["class"]) for row in rows] == [(3, 14, "NAME"), (27, 37, "DATE")]
    assert "Zbig" not in spans.read_text() + done.stdout + done.stderr
    (tmp_path / "b.txt").write_text("nothing")
    assert factory("deid", "text", note, tmp_path / "b.txt", "--out", tmp_path / "several").returncode == 0
    assert sorted(path.name for path in (tmp_path / "several").iterdir()) == ["a.txt", "b.txt"]


def test_text_goes_through_a_pipe(tmp_path):
    assert piped(b"Mr Zbigniewski came.").stdout == b"Mr [NAME] came."
    again = [piped(b"HKID A123456(3).", "--replace", "surrogate", "--seed", "7").stdout for _ in range(2)]
    assert again[0] == again[1]
    assert b"A123456" not in again[0]


def test_a_broken_file_leaves_nothing_behind_and_no_word_of_it_is_said(tmp_path, factory):
    good, bad = tmp_path / "a.txt", tmp_path / "b.txt"
    good.write_text("Mr Zbigniewski")
    bad.write_bytes(b"M\xfcller came\nthen Ann\xff\xfe\n")
    done = factory("deid", "text", good, bad, "--out", tmp_path / "out")
    assert done.returncode == 17
    assert "b.txt is not UTF-8 (first at line 1" in done.stderr
    assert "ller" not in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_evaluate_prints_tables_and_writes_figures_without_text(tmp_path, factory):
    lines = tmp_path / "own.jsonl"
    text = "Mr Zbigniewski met a breathless man."
    spans = [
        {"start": text.index(word), "end": text.index(word) + len(word), "class": "NAME"}
        for word in ("Zbigniewski", "breathless")
    ]
    lines.write_text(json.dumps({"id": "n1", "text": text, "spans": spans}) + "\n")
    out, leaks = tmp_path / "s.json", tmp_path / "l.jsonl"
    done = factory("deid", "evaluate", lines, "--json", out, "--leaks", leaks)
    assert done.returncode == 0, done.stderr
    assert "n1 [21:31] NAME" in done.stdout and "1 of 2 identifiers leaked" in done.stdout
    assert "breathless" not in done.stdout + done.stderr + out.read_text() + leaks.read_text()
    assert json.loads(out.read_text())["factory"]["leaks"] == 1


def test_evaluate_by_form_counts_no_names(tmp_path, factory):
    lines = tmp_path / "own.jsonl"
    row = {"text": "Mr Zbigniewski 2024-01-02 x", "spans": [{"start": 15, "end": 25, "label": "DATE"}]}
    lines.write_text(json.dumps(row) + "\n")
    done = factory("deid", "evaluate", lines, "--only", "formats", "--json", tmp_path / "s.json")
    assert done.returncode == 0, done.stderr
    classes = {row["class"]: row for row in json.loads((tmp_path / "s.json").read_text())["factory"]["classes"]}
    assert set(classes) == {"DATE", "all"} and classes["all"]["precision"]["value"] == 1


def test_every_cell_of_a_record_is_looked_up_by_what_its_column_says(tmp_path):
    record = tmp_path / "r.csv"
    record.write_text(
        "name_en,姓名,mrn,kin_phone,birth_date,employer,notes\nGrace Young,王小红,A1,9123 4567,1980-02-03,HSBC,\n",
        "utf-8",
    )
    known = known_record(record)
    text = "young, grace; 小红; 91 23 45 67; 03/02/80; at hsbc"
    made = replace(text, Detector(known).find(text, PERSON))
    assert not [part for part in ("young", "grace", "小红", "23", "80", "hsbc") if part in made], made


@pytest.mark.parametrize("broken", ["name\n", "a,b\n1\n"])
def test_a_record_that_is_none_is_refused(tmp_path, broken):
    (tmp_path / "r.csv").write_text(broken)
    with pytest.raises(BrokenFile):
        known_record(tmp_path / "r.csv")
