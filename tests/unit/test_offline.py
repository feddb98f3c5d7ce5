"""While a stage of the source zone runs, this process reaches nobody."""

import contextlib
import dataclasses
import socket
import sys
import threading

import pytest

from factory.core.offline import NetworkRefused, offline
from factory.line import stages
from factory.line.produce import prepare

# TEST-NET-1 of RFC 5737: nobody's.
ELSEWHERE = ("192.0.2.1", 9)


def reach(address=ELSEWHERE, kind=socket.SOCK_DGRAM):
    # A datagram's connect sends nothing, so that the test reaches nobody where the guard is off.
    with socket.socket(socket.AF_INET, kind) as made:
        made.connect(address)


def test_another_machine_is_refused_and_this_one_is_not():
    with socket.create_server(("127.0.0.1", 0)) as here, offline():
        reach(here.getsockname(), socket.SOCK_STREAM)
        for forbidden in (reach, lambda: socket.getaddrinfo("example.invalid", 80)):
            with pytest.raises(NetworkRefused):
                forbidden()


def test_a_datagram_and_a_thread_are_refused_too():
    found = []

    def send():
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
                made.sendto(b"", ELSEWHERE)
        except NetworkRefused:
            found.append("refused")

    with offline():
        thread = threading.Thread(target=send)
        thread.start()
        thread.join()
    assert found == ["refused"]


def test_the_guard_ends_with_the_block_and_with_an_error_in_it():
    with pytest.raises(ValueError, match="inside"), offline():
        raise ValueError("inside")
    seen = []
    sys.addaudithook(lambda event, _: seen.append(event) if event == "socket.connect" else None)
    try:
        reach()
    except OSError as unreachable:
        assert not isinstance(unreachable, NetworkRefused)
    assert seen, "the connection was asked of the system, not refused by the guard"


def test_prefects_server_is_reached_where_one_is_named(monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://192.0.2.1:4200/api")
    with offline():
        with contextlib.suppress(OSError):  # no route: asked of the system all the same
            reach()
        with pytest.raises(NetworkRefused):
            reach(("192.0.2.2", 9))


@pytest.mark.parametrize("name", [one.name for one in stages.STAGES])
def test_every_stage_runs_under_it(name, hospital, tmp_path, monkeypatch):
    """Of a real run the work of one stage calls home: it ends with the guard's sentence and nothing is left of it."""
    run = prepare(hospital / "contract.yaml", str(hospital), tmp_path / "run", "trees", 1, "producer", None)
    real = next(one for one in stages.STAGES if one.name == name)
    calling = dataclasses.replace(real, needs=(), work=lambda work: reach())
    monkeypatch.setattr(stages, "STAGES", (calling,))
    with pytest.raises(NetworkRefused, match="another machine"):
        stages.run_stage(run.root, name)
    assert not run.stage(name).exists()


def test_only_the_intake_of_a_database_or_store_may_reach_out(hospital, tmp_path, monkeypatch):
    address = "postgresql://reader@192.0.2.1/hospital"
    run = prepare(hospital / "contract.yaml", address, tmp_path / "run", "trees", 1, "producer", None)
    asked = []

    def work(work):
        with contextlib.suppress(NetworkRefused):
            asked.append("refused")
            try:
                reach()
            except NetworkRefused:
                raise
            except OSError:
                pass  # no route
            asked[-1] = "asked"

    intake, deid = (dataclasses.replace(one, needs=(), work=work) for one in stages.STAGES[:2])
    monkeypatch.setattr(stages, "STAGES", (intake, deid))
    for stage in (intake, deid):
        stages.run_stage(run.root, stage.name)
    assert asked == ["asked", "refused"]


def test_the_scheduler_that_was_named_is_reached_and_nobody_else():
    with offline(ELSEWHERE[0]):
        reach()
        with pytest.raises(NetworkRefused):
            reach(("192.0.2.2", 9))
    with offline(), pytest.raises(NetworkRefused):
        reach()
