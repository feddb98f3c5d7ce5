"""Stages as spans in a file: a span an attempt, in OTLP's JSON form."""

import json

from factory.core.files import canonical_json
from factory.core.run import Run
from factory.line.timings import path_of

LINES = [
    {"stage": "intake", "began": "2026-03-02T12:00:00+00:00", "outcome": "done", "wall_s": 1.25, "cpu_s": 0.5},
    {"stage": "deid", "began": "2026-03-02T12:00:02+00:00", "outcome": "failed", "wall_s": 0.5, "cpu_s": 0.5},
    {"stage": "deid", "began": "2026-03-02T12:00:09+00:00", "outcome": "done", "wall_s": 2.0, "cpu_s": 1.5},
]


def _run(folder):
    run = Run(folder / "first")
    run.create()
    run.set_state(state="draft", producer="alice", contract="c" * 64, title="Wards")
    whole = [{**line, "peak_bytes": 7 << 20, "peak_of": "work"} for line in LINES]
    path_of(run).write_bytes(b"\n".join(map(canonical_json, whole)) + b"\n")
    return run


def test_each_attempt_is_a_span(tmp_path, factory):
    run, out = _run(tmp_path), tmp_path / "spans.json"
    done = factory("runs", run.root, "--otlp", out)
    assert done.returncode == 0, done.stderr
    (line,) = out.read_text().splitlines()
    (resource,) = json.loads(line)["resourceSpans"]
    (scope,) = resource["scopeSpans"]
    spans = scope["spans"]
    assert [(span["name"], span["status"]["code"]) for span in spans] == [("intake", 1), ("deid", 2), ("deid", 1)]
    assert int(spans[0]["endTimeUnixNano"]) - int(spans[0]["startTimeUnixNano"]) == 1_250_000_000
    assert len({span["traceId"] for span in spans}) == 1
    assert len({span["spanId"] for span in spans}) == 3
    assert all(len(span["traceId"]) == 32 and len(span["spanId"]) == 16 for span in spans)
    assert not {"Wards", "alice", "first"} & set(json.dumps(spans).split('"'))
    before = out.read_bytes()
    factory("runs", run.root, "--otlp", out)
    assert out.read_bytes() == before


def test_a_folder_that_is_no_run_is_one_sentence(tmp_path, factory):
    done = factory("runs", tmp_path, "--otlp", tmp_path / "spans.json")
    assert done.returncode == 32
    assert "not a run folder" in done.stderr
    assert not (tmp_path / "spans.json").exists()
