"""Work on several threads gives what it was asked for, whoever does it, and its caller never runs far ahead of it."""

import threading
import time

import pytest

from factory.core import threads


@pytest.fixture(params=[1, 3])
def processors(request, monkeypatch):
    monkeypatch.setattr(threads, "processors", lambda: request.param)
    return request.param


def test_each_asked_gets_its_own(processors):
    def later_first(item):  # the first is done last
        time.sleep(0.01 * (4 - item))
        return item * item

    with threads.Ahead() as ahead:
        asked = [ahead.ask(later_first, item) for item in range(5)]
        assert [made() for made in asked] == [0, 1, 4, 9, 16]


def test_an_error_reaches_who_asked(processors):
    with pytest.raises(ZeroDivisionError), threads.Ahead() as ahead:
        asked = [ahead.ask(lambda item: 1 // item, item) for item in (2, 1, 0)]
        for made in asked:
            made()


def test_an_error_ends_what_has_not_begun(monkeypatch):
    monkeypatch.setattr(threads, "processors", lambda: 2)
    begun, both, go_on = [], threading.Barrier(3, timeout=30), threading.Event()

    def wait(item):
        begun.append(item)
        both.wait()
        go_on.wait(30)

    with pytest.raises(KeyError), threads.Ahead() as ahead:
        for item in range(4):
            ahead.ask(wait, item)
        both.wait()
        threading.Timer(0.2, go_on.set).start()
        raise KeyError
    assert sorted(begun) == [0, 1]


def test_the_caller_waits_where_too_much_is_asked(monkeypatch):
    monkeypatch.setattr(threads, "processors", lambda: 2)
    done = []

    def work(item):
        time.sleep(0.01)
        done.append(item)

    with threads.Ahead() as ahead:
        for item in range(20):
            ahead.ask(work, item)
            assert item - len(done) <= 2 * 2 + 1
