"""Work on several threads comes back in the order of what was given."""

import time

import pytest

from factory.core import threads


@pytest.mark.parametrize("processors", [1, 3])
def test_results_stand_in_the_order_of_the_items(monkeypatch, processors):
    monkeypatch.setattr(threads, "processors", lambda: processors)

    def later_first(item):  # the first is done last
        time.sleep(0.01 * (4 - item))
        return item * item

    assert threads.side_by_side(later_first, range(5)) == [0, 1, 4, 9, 16]


def test_an_error_of_one_is_an_error_of_all(monkeypatch):
    monkeypatch.setattr(threads, "processors", lambda: 2)
    with pytest.raises(ZeroDivisionError):
        threads.side_by_side(lambda item: 1 // item, [2, 1, 0])
