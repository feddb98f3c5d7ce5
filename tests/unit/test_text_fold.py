"""Folding and the view keep places, whatever the length and the script."""

from __future__ import annotations

import pytest

from factory.deid.text.fold import fold, simplified, view

LONG = 20  # repetitions that take a text past what is translated a character at a time


@pytest.mark.parametrize("times", [1, LONG])
def test_signs_and_digits_become_plain_one_for_one(times):
    text = "ＨＮ１２－３４：龔啟駿“x”٣\u00a0é" * times
    assert fold(text).text == 'HN12-34:龔啟駿"x"3 é' * times
    assert simplified(fold(text).text) == 'HN12-34:龚启骏"x"3 é' * times


@pytest.mark.parametrize("times", [1, LONG])
def test_invisible_characters_go_and_places_hold(times):
    text = "A\u200b1\ufeff" * times
    plain = fold(text)
    assert plain.text == "A1" * times
    assert plain.place(1, 2) == (2, 3)


@pytest.mark.parametrize("times", [1, LONG])
@pytest.mark.parametrize("text", ["Chan T.M. (HN-12)", "龔 啟·駿 Dr Ångström", "İzmir ΣΑΣ 陳\ud800."])
def test_the_view_holds_letters_and_digits_and_their_places(text, times):
    seen = view(text * times)
    assert len(seen.text) == len(seen.at)
    assert all(char.isalnum() for char in seen.text)
    assert seen.at == [i for i, char in enumerate(text * times) if char.isalnum()]
