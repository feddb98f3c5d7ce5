"""Work over processes and over Dask: in order, whoever did it; who is killed is replaced; no value comes back."""

import os
import pickle
from pathlib import Path

import pytest
import spread_work
from dask_cluster import cluster

from factory.core.errors import InternalError, NotReady, OrphanRow, RunError
from factory.core.spread import ALONE, Spread, call, check_scheduler
from factory.core.version import code_digest
from factory.line.produce import prepare
from factory.line.request import load_request

NUMBERS = [{"number": number} for number in range(4)]


@pytest.fixture(scope="module")
def dask(tmp_path_factory):
    with cluster(2, tmp_path_factory.mktemp("dask")) as made:
        yield made


def test_alone_the_work_is_done_here():
    assert {made["process"] for made in ALONE.over(spread_work.where, NUMBERS)} == {os.getpid()}


def _meeting(folder):
    folder.mkdir()
    return [{**piece, "met": str(folder)} for piece in NUMBERS]


def test_two_processes_share_the_work_and_answer_in_order(tmp_path):
    made = Spread(2).over(spread_work.where, _meeting(tmp_path / "met"))
    assert [one["number"] for one in made] == [0, 1, 2, 3]
    assert len({one["process"] for one in made} - {os.getpid()}) == 2


def test_dask_workers_share_the_work_and_answer_in_order(dask, tmp_path):
    made = Spread(scheduler=dask.address).over(spread_work.where, _meeting(tmp_path / "met"))
    assert [one["number"] for one in made] == [0, 1, 2, 3]
    assert len({one["process"] for one in made} - {os.getpid()}) == 2


@pytest.mark.parametrize("on", ["processes", "dask"])
def test_a_killed_worker_is_replaced(on, request, tmp_path):
    spread = Spread(2) if on == "processes" else Spread(scheduler=request.getfixturevalue("dask").address)
    pieces = [{**piece, "mark": str(tmp_path / "killed")} for piece in NUMBERS]
    assert spread.over(spread_work.dies_once, pieces) == [0, 1, 2, 3]
    assert (tmp_path / "killed").exists()


def test_processes_that_are_held_do_what_comes_next_and_are_replaced_when_one_dies(tmp_path):
    spread = Spread(2)
    with spread.held():
        first, second = (_processes(spread, tmp_path / name) for name in ("first", "second"))
        pieces = [{**piece, "mark": str(tmp_path / "killed")} for piece in NUMBERS]
        assert spread.over(spread_work.dies_once, pieces) == [0, 1, 2, 3]
        third = _processes(spread, tmp_path / "third")
    assert first == second and not first & third
    assert not any(Path(f"/proc/{process}").exists() for process in first | third)


def _processes(spread, folder):
    return {made["process"] for made in spread.over(spread_work.where, _meeting(folder))}


def test_work_that_kills_every_process_ends_with_a_sentence():
    with pytest.raises(RunError, match="die again and again"):
        Spread(2).over(spread_work.dies, NUMBERS)


@pytest.mark.parametrize("on", ["processes", "dask"])
def test_a_cell_in_a_librarys_message_does_not_come_back(on, request):
    spread = Spread(2) if on == "processes" else Spread(scheduler=request.getfixturevalue("dask").address)
    with pytest.raises(InternalError) as raised:
        spread.over(spread_work.quotes, NUMBERS)
    assert spread_work.CELL not in str(raised.value)
    assert spread_work.CELL.encode() not in pickle.dumps(call("spread_work:quotes", code_digest(), {"number": 1}))


def test_an_error_of_ours_comes_back_as_it_was():
    with pytest.raises(OrphanRow, match=r"0 rows are lost\. Find them\."):
        Spread(2).over(spread_work.refuses, NUMBERS)


def test_another_version_of_the_code_is_refused():
    assert "another version" in call("spread_work:where", "0" * 64, {"number": 1})["message"]


def test_what_is_no_json_is_not_sent():
    with pytest.raises(TypeError):
        Spread(2).over(spread_work.where, [{"number": object()}])


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "http://h:1", "tcp://", "tcp://me:secret@h:1"])
def test_an_address_that_is_none_is_refused_without_its_password(address):
    with pytest.raises(RunError) as raised:
        check_scheduler(address)
    assert "secret" not in str(raised.value)


def test_nobody_at_the_address_is_a_sentence(monkeypatch):
    monkeypatch.setattr("factory.core.spread._WAIT_SECONDS", 1)
    with pytest.raises(NotReady, match="does not answer"):
        Spread(scheduler="tcp://127.0.0.1:9").over(spread_work.where, NUMBERS)


@pytest.mark.parametrize(
    "words",
    [("--dask", "tcp://me:secret@h:1"), ("--workers", 0), ("--workers", 2, "--dask", "tcp://127.0.0.1:9")],
)
def test_the_command_refuses_what_cannot_be_and_begins_no_run(words, export, factory, tmp_path):
    done = factory("produce", export / "contract.yaml", "--data", export, "--run", tmp_path / "run", "--plain", *words)
    assert done.returncode == 30, done.stderr
    assert "Traceback" not in done.stderr and "secret" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_who_does_the_work_may_change_in_a_run_and_is_no_part_of_what_it_makes(export, tmp_path):
    """The request says who works; what a stage is made from does not."""
    given = (export / "contract.yaml", str(export), tmp_path / "run", "trees", 3, "producer", None)
    alone = load_request(prepare(*given))
    shared = load_request(prepare(*given, Spread(2)))
    assert (alone.spread, shared.spread) == (Spread(), Spread(2))
    assert alone.digest() == shared.digest()
