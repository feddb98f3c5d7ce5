"""How a run ends: by what the candidate says, which is the gates and the controls together."""

import json

import pytest

from factory.audit import Act, Outcome, read
from factory.core.errors import GateFailed
from factory.core.files import pretty_json
from factory.core.run import Run, RunState
from factory.line.produce import produce


def ending(verdict, failures):
    """A runner in whose candidate the dossier says `verdict`, while the gates said pass."""

    def run(root):
        folder = Run(root).stage("dossier") / "candidate"
        folder.mkdir(parents=True)
        (folder / "dossier.json").write_bytes(pretty_json({"verdict": verdict, "failures": failures}))
        (folder / "candidate.json").write_bytes(b"{}")
        gates = Run(root).stage("gates")
        gates.mkdir(parents=True)
        (gates / "verdict.json").write_bytes(pretty_json({"verdict": "pass", "failures": []}))

    return run


@pytest.fixture
def run(tmp_path):
    made = Run(tmp_path / "run")
    made.create()
    made.set_state(state=RunState.DRAFT.value, producer="alice")
    request = {"contract": "c" * 64, "data": "x", "engine": "trees", "seed": 1, "producer": "alice"}
    (made.source / "request.json").write_text(json.dumps({**request, "review_by": "2030-01-01"}))
    return made


def test_a_control_that_fails_outside_the_gates_refuses_the_run(run):
    failure = {"control": "RL-8", "suite": "controls", "table": "all", "column": "all"}
    with pytest.raises(GateFailed, match="RL-8"):
        produce(run, ending("fail", [failure]))
    assert run.state()["state"] == RunState.FAILED_GATES.value
    assert [(entry.act, entry.outcome) for entry in read(run.audit)] == [(Act.PRODUCE, Outcome.FAILED)]


def test_a_candidate_that_passes_awaits_review(run):
    assert produce(run, ending("pass-with-shortfalls", [])) is RunState.AWAITING_REVIEW
    assert run.state()["state"] == RunState.AWAITING_REVIEW.value
