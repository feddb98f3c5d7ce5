"""A text's folded characters, made at once, are those that windows are made of, whatever the script."""

import random

import pytest

from factory.scan.normal import plain
from factory.scan.windows import CJK, compact, spaced, tokens

POOL = [
    *map(chr, range(32, 127)),
    *map(chr, range(0xA0, 0x180)),
    *map(chr, range(0x370, 0x400)),
    *map(chr, range(0x4E00, 0x4E80)),
    *"\u200b\u0660\u0661\uff11\u1e9e\xdf\u0130\U00020001\U0001f600\U000323af\U000323b0\0\n\t",
]


@pytest.mark.parametrize("seed", range(4))
def test_characters_run_together_are_those_of_the_tokens(seed):
    dice = random.Random(seed)
    for _ in range(5_000):
        text = plain("".join(dice.choices(POOL, k=dice.randint(0, 14))))
        found = tokens(text, joined=True)
        assert compact(text) == found.word(0, len(found.codes))
        if CJK not in found.kinds:
            words = [found.word(a, b) for a, b in zip(found.starts.tolist(), found.ends.tolist(), strict=True)]
            assert spaced(text).split() == words
