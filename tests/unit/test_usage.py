"""What a piece of work is said to have cost, held against work whose cost is known."""

import subprocess
import sys
import time

import pytest

from factory.core.run import Run
from factory.core.usage import measured
from factory.line.timings import path_of, timed, timings

MB = 1 << 20
HOLDS = "import time; held = bytearray({size}); print(1, flush=True); time.sleep(1)"


def test_a_stage_is_not_charged_for_the_one_before_it():
    with measured() as large:
        held = bytearray(300 * MB)
        del held
    with measured() as small:
        pass
    assert large.peak_of == small.peak_of == "work"
    assert large.peak_bytes - small.peak_bytes > 250 * MB


def test_what_children_hold_is_counted_with_it():
    with measured() as alone:
        pass
    with measured() as usage:
        subprocess.run([sys.executable, "-c", HOLDS.format(size=200 * MB)], check=True, capture_output=True)
    assert usage.peak_bytes - alone.peak_bytes > 150 * MB
    assert usage.wall_s >= 1


def test_seconds_of_the_processor_are_those_worked():
    with measured() as idle:
        time.sleep(0.3)
    with measured() as busy:
        until = time.process_time() + 0.3
        while time.process_time() < until:
            pass
    assert busy.cpu_s > 0.29 > idle.cpu_s


def test_a_failed_attempt_is_written_down_too_and_a_torn_line_is_passed_over(tmp_path):
    run = Run(tmp_path)
    run.create()
    with pytest.raises(ZeroDivisionError), timed(run, "intake"):
        _ = 1 / 0
    with timed(run, "intake"):
        pass
    with path_of(run).open("a") as handle:
        handle.write('{"stage": "de')
    assert [(item.stage, item.outcome) for item in timings(run)] == [("intake", "failed"), ("intake", "done")]


def test_a_stage_that_is_whole_does_not_fail_for_its_timing(tmp_path):
    run = Run(tmp_path)
    run.create()
    path_of(run).mkdir()
    with timed(run, "intake"):
        pass
