"""Work over processes and over Dask: in order, whoever did it; who is killed is replaced; no value comes back."""

import os
import pickle

import pytest
import spread_work
from dask_cluster import cluster

from factory.core.errors import InternalError, NotReady, OrphanRow, RunError
from factory.core.spread import ALONE, Spread, call, check_scheduler
from factory.core.version import code_digest

NUMBERS = [{"number": number} for number in range(4)]


@pytest.fixture(scope="module")
def dask(tmp_path_factory):
    with cluster(2, tmp_path_factory.mktemp("dask")) as made:
        yield made


def test_alone_the_work_is_done_here():
    assert {made["process"] for made in ALONE.over(spread_work.where, NUMBERS)} == {os.getpid()}


def test_two_processes_share_the_work_and_answer_in_order():
    made = Spread(2).over(spread_work.where, NUMBERS)
    assert [one["number"] for one in made] == [0, 1, 2, 3]
    assert len({one["process"] for one in made} - {os.getpid()}) == 2


def test_dask_workers_share_the_work_and_answer_in_order(dask):
    made = Spread(scheduler=dask.address).over(spread_work.where, NUMBERS)
    assert [one["number"] for one in made] == [0, 1, 2, 3]
    assert len({one["process"] for one in made} - {os.getpid()}) == 2


@pytest.mark.parametrize("on", ["processes", "dask"])
def test_a_killed_worker_is_replaced(on, request, tmp_path):
    spread = Spread(2) if on == "processes" else Spread(scheduler=request.getfixturevalue("dask").address)
    pieces = [{**piece, "mark": str(tmp_path / "killed")} for piece in NUMBERS]
    assert spread.over(spread_work.dies_once, pieces) == [0, 1, 2, 3]
    assert (tmp_path / "killed").exists()


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
