"""Lines of JSON: what is listed is written, and nothing else, whatever it is called with."""

import json

import pytest
import structlog

from factory.core import logs
from factory.core.errors import __all__ as classes
from factory.line.stages import STAGES

SECRET = "Zyxwvut-Secret-Value"


@pytest.fixture
def written(monkeypatch, capsys):
    monkeypatch.setenv(logs.VARIABLE, "json")
    logs._logger.cache_clear()
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    logs._logger.cache_clear()


def test_what_is_listed_is_written(written):
    logs.event("stage ends", stage="synth", outcome="done", wall_s=1.5, peak_bytes=7)
    (line,) = written()
    assert {key: line[key] for key in ("event", "stage", "outcome", "wall_s", "peak_bytes")} == {
        "event": "stage ends", "stage": "synth", "outcome": "done", "wall_s": 1.5, "peak_bytes": 7,
    }  # fmt: skip
    assert set(line) == {"event", "stage", "outcome", "wall_s", "peak_bytes", "pid", "at"}


@pytest.mark.parametrize(
    "fields",
    [
        {"stage": SECRET},
        {"message": SECRET},
        {"wall_s": SECRET},
        {"error": SECRET},
        {SECRET: 1},
        {"status": True},
        {"bytes": [SECRET]},
        {"outcome": {"done": SECRET}},
    ],
)
def test_what_is_not_listed_is_dropped(fields, written):
    logs.event("stage ends", **fields)
    (line,) = written()
    assert set(line) == {"event", "pid", "at"}
    assert SECRET not in json.dumps(line)


def test_an_event_nobody_listed_is_not_said(written):
    logs.event(SECRET)
    assert written()[0]["event"] == "unlisted"


def test_nothing_is_written_unless_asked_for(written, monkeypatch):
    monkeypatch.delenv(logs.VARIABLE)
    logs.event("up")
    assert written() == []


def test_the_listed_words_are_those_of_the_code():
    assert {stage.name for stage in STAGES} | {"reassess"} == logs.STAGES
    assert logs.WORDS["error"] == set(classes)


def test_each_event_that_is_said_is_listed():
    from pathlib import Path

    import factory

    top = Path(factory.__file__).parents[1]
    said = {
        text.split('"')[0]
        for folder in ("factory", "flows")
        for path in (top / folder).rglob("*.py")
        for text in path.read_text().split('logs.event("')[1:]
    }
    assert said == logs.EVENTS


def test_the_line_writes_json_alone_and_no_value_of_a_bad_cell(export, factory, tmp_path):
    path = export / "encounters.csv"
    head, first, *rest = path.read_text().splitlines(keepends=True)
    cells = first.split(",")
    path.write_text("".join([head, ",".join([cells[0], SECRET, *cells[2:]]), *rest]))
    words = ("--data", export, "--run", tmp_path / "run", "--plain")
    done = factory("--log-format", "json", "produce", export / "contract.yaml", *words)
    assert done.returncode == 15
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["stage begins", "stage ends", "failed"]
    assert lines[-1] | {"at": 0, "pid": 0} == {
        "event": "failed", "error": "OrphanRow", "exit_code": 15, "at": 0, "pid": 0,
    }  # fmt: skip
    assert SECRET not in done.stderr


def test_structlogs_own_settings_change_nothing(written):
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    try:
        logs.event("up", message=SECRET)
        assert set(written()[0]) == {"event", "pid", "at"}
    finally:
        structlog.reset_defaults()
