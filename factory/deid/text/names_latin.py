"""Layer (c) for Latin letters: names by title, by cue, by list, and by being no word of the language.

A capitalised word that neither English nor medicine knows is taken for a name or a place: recall comes first, and the
word lists hold precision (the 'known words pass' design of Philter, Norgeot et al. 2020, npj Digit. Med. 3:57).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from factory.deid.text.formats.hit import Hit
from factory.deid.text.lexicon import cues
from factory.deid.text.spans import PhiClass
from factory.deid.text.tokens import Mark, Token

_NOT_NAMES = Mark.ORDINARY | Mark.EPONYM | Mark.NEUTRAL | Mark.ABBREVIATION | Mark.INITIAL | Mark.TITLE | Mark.UNIT
_LOOKED_AT = Mark.MAY_NAME | Mark.MAY_CUE | Mark.TITLE
_ORDINARY = Mark.ORDINARY | Mark.NEUTRAL
_LISTED = Mark.GIVEN | Mark.SURNAME
_LINKS = frozenset([" ", "-", ". ", ".", ", ", "' "])
_CUE_GAPS = frozenset([" ", ": ", ":", ", ", " - ", ":\n", ",\n", ". ", " (", " : ", "\n"])
_DOTTED = re.compile(r"[A-Z](?<![A-Za-z.][A-Z])\.[ -]?(?:(?:[A-Z]\.[ -]?){1,3}(?![A-Za-z0-9])|[A-Z]\.?(?= [A-Z][a-z]))")
_FIGURE_BEFORE = re.compile(r"\d ?$")
_WINDOW = 40  # characters in which the end of the sentence before stands
_DOTTED_WORDS = cues("dotted_words")
_MEDICAL_NEXT = re.compile(
    r"'?s?[ -](?:'s )?(?:disease|syndrome|sign|test|score|scale|criteria|catheter|line|position|stage|grade|type|"
    r"classification|palsy|chorea|lymphoma|tumou?r|sarcoma|fracture|reflex|contracture|method|manoeuvre|maneuver|procedure|operation|"
    r"forceps|drain|phenomenon|disorder|an[a]?emia|thyroiditis|encephalopathy|hernia|cyst|"
    r"node|gland|duct|fever|virus|bacillus|body|bodies|stain|index)"
)


def find(text: str, seen: list[Token]) -> Iterator[Hit]:
    """Names (and places that no street or number stands beside) among the Latin words of a folded text."""
    marked = [(place, marks) for place, (_, _, _, marks) in enumerate(seen) if marks & _LOOKED_AT]
    last, end = -1, len(seen) - 1
    for at, marks in marked:
        if at <= last or not marks & Mark.MAY_NAME or _one_letter_word(text, seen[at]):
            continue
        last = at
        while last < end and not seen[last + 1].marks & Mark.ENDS and _linked(text, seen[last], seen[last + 1]):
            last += 1
        # Most are the first word of a sentence, ordinary and with nothing before it that announces a name.
        lone = at == last and marks & _ORDINARY and not marks & Mark.GIVEN
        if not lone or (at and seen[at - 1].marks & Mark.ANNOUNCES):
            yield from _judge(text, seen, at, last)
    yield from _small_letters(text, seen, [place for place, marks in marked if marks & Mark.MAY_CUE and place < end])
    for place in (place for place, marks in marked if marks & Mark.TITLE and place < end):
        before, token = seen[place], seen[place + 1]
        small = token.marks & _LISTED and not token.marks & (Mark.CAPITAL | Mark.COMMONEST)
        if small and text[before.end : token.start] in (" ", ". "):
            yield Hit(token.start, token.end, PhiClass.NAME, 0.7)
    for match in _DOTTED.finditer(text):
        letters = "".join(filter(str.isalpha, match.group())).lower()
        if letters not in _DOTTED_WORDS:
            yield Hit(match.start(), len(match.group().rstrip(" -")) + match.start(), PhiClass.NAME, 0.55)


def _small_letters(text: str, seen: list[Token], cued: list[int]) -> Iterator[Hit]:
    """'Witness: tam hon kai': syllables and names in small letters after a cue (the places `cued`) and a colon."""
    for place in cued:
        cue, following = seen[place], seen[place + 1]
        if following.marks & Mark.CAPITAL:
            continue
        gap = text[cue.end : following.start]
        if gap not in (": ", ":", ": \n", ", ", " "):
            continue
        end = place + 1
        while (
            end < len(seen)
            and end - place <= 5
            and _small(seen[end])
            and (end == place + 1 or text[seen[end - 1].end : seen[end].start] == " ")
        ):
            end += 1
        named = seen[place + 1 : end]
        strange = sum(not token.marks & Mark.ORDINARY for token in named)
        if gap == " ":
            family = (
                cue.marks & Mark.RELATION
                and all(token.marks & Mark.SYLLABLE for token in named)
                and following.marks & Mark.SURNAME
            )
            family = family or (
                len(named) > 2
                and following.marks & Mark.SURNAME
                and not following.marks & Mark.FREQUENT
                and all(token.marks & Mark.SYLLABLE for token in named)
            )
            sure = (bool(family) and len(named) > 1) or (
                strange * 2 >= len(named) and all(token.marks & (Mark.SYLLABLE | _LISTED) for token in named)
            )
        else:
            sure = strange * 2 >= len(named)
        if len(named) > 1 and sure:
            yield Hit(named[0].start, named[-1].end, PhiClass.NAME, 0.65)


def _small(token: Token) -> bool:
    marks = token.marks
    if marks & (Mark.CAPITAL | Mark.NEUTRAL):
        return False
    return bool(marks & (Mark.SYLLABLE | _LISTED)) or not marks & Mark.ORDINARY


def _can_be(token: Token) -> bool:
    return bool(token.marks & Mark.MAY_NAME)


def _one_letter_word(text: str, token: Token) -> bool:
    """'I', 'A', a lone small letter: words, unless a full stop makes them initials."""
    return len(token.word) == 1 and (
        not token.marks & Mark.INITIAL or (token.word in "IA" and text[token.end : token.end + 1] != ".")
    )


def _linked(text: str, left: Token, right: Token) -> bool:
    gap = text[left.end : right.start]
    if gap not in _LINKS or _one_letter_word(text, right):
        return False
    if (
        gap in (" ", ". ")
        and left.marks & Mark.INITIAL
        and right.marks & Mark.SURNAME
        and right.marks & Mark.CAPITAL
        and not right.marks & (Mark.FREQUENT | Mark.NEUTRAL)
    ):
        return True
    if gap in (". ", "."):
        return bool(left.marks & Mark.INITIAL) and _can_be(right) and not right.marks & (Mark.ORDINARY | Mark.NEUTRAL)
    if gap == ", ":
        if left.marks & Mark.INITIAL or (right.marks & Mark.INITIAL and text[right.end : right.end + 1] != "."):
            return False
        if (
            left.marks & Mark.UPPER
            and left.marks & Mark.SURNAME
            and right.marks & Mark.CAPITAL
            and right.marks & Mark.SYLLABLE
        ):
            return not right.marks & (Mark.NEUTRAL | Mark.ABBREVIATION)
        reversed_form = left.marks & (Mark.UPPER | Mark.SURNAME) and right.marks & Mark.CAPITAL
        return bool(reversed_form) and not right.marks & (
            Mark.ORDINARY | Mark.NEUTRAL | Mark.ABBREVIATION | Mark.EPONYM
        )
    if right.marks & Mark.PARTICLE and not right.marks & Mark.CAPITAL:
        return len(right.word) > 1
    if left.marks & Mark.PARTICLE and not left.marks & Mark.CAPITAL and not right.marks & Mark.CAPITAL:
        return not right.marks & (Mark.ORDINARY | Mark.NEUTRAL)
    if not right.marks & Mark.CAPITAL:
        # 'tracy sukhorukova', and slips such as 'LO Chuen rwan'
        return not right.marks & (Mark.ORDINARY | Mark.NEUTRAL | Mark.EPONYM) and len(right.word) > 2
    return _can_be(right)


def _judge(text: str, seen: list[Token], first: int, last: int) -> Iterator[Hit]:
    run = seen[first : last + 1]
    titled, cued, related = _announced(text, seen, first)
    if not (titled or cued or related):
        run = _without_sentence_start(text, run)
    if (
        len(run) > 1
        and run[0].marks & Mark.INITIAL
        and _FIGURE_BEFORE.search(text, max(0, run[0].start - 2), run[0].start)
    ):
        run = run[1:]  # '2 L. WONG': litres, and a new sentence
    while run and run[-1].marks & Mark.PARTICLE and not run[-1].marks & Mark.CAPITAL:
        run = run[:-1]
    if not run:
        return
    sure = _evidence(text, run, titled, cued, related)
    if not sure:
        return
    start, end = _edges(run, titled or cued or related)
    if start > end:
        return
    chosen = run[start : end + 1]
    places = any(token.marks & Mark.PLACE for token in chosen) and not any(token.marks & _LISTED for token in chosen)
    stop = chosen[-1].end - (2 if chosen[-1].word.endswith("'s") else 0)
    stop += bool(chosen[-1].marks & Mark.INITIAL and text[stop : stop + 1] == ".")
    begin = seen[first - 1].start if titled and seen[first - 1].word == "MS" else chosen[0].start
    yield Hit(begin, stop, PhiClass.ADDRESS if places else PhiClass.NAME, sure)


def _announced(text: str, seen: list[Token], first: int) -> tuple[bool, bool, bool]:
    """Whether a title, a cue such as 'signed:', or a word of kinship stands before the run."""
    if not first:
        return False, False, False
    before = seen[first - 1]
    gap = text[before.end : seen[first].start]
    if before.marks & Mark.TITLE:
        return gap in (" ", ". ", ".", "  "), False, False
    strong = bool(before.marks & Mark.ROLE) and gap in _CUE_GAPS and (gap != " " or not before.marks & Mark.CAPITAL)
    if before.word.lower() in ("is", "are", "was") and first > 1 and gap == " ":
        strong = seen[first - 2].word.lower() in ("name", "surname", "named")
    related = bool(before.marks & Mark.RELATION) and gap in (" ", ", ", ": ")
    if before.word in ("Patient", "Pt") and gap == " ":
        following = seen[first].marks
        related = bool(following & Mark.SURNAME and following & Mark.SYLLABLE and not following & Mark.COMMONEST)
    return False, strong and gap != ". ", related


def _without_sentence_start(text: str, run: list[Token]) -> list[Token]:
    """Drop ordinary words that stand first: they are capital because a sentence begins."""
    while run and run[0].marks & (Mark.ORDINARY | Mark.NEUTRAL) and not run[0].marks & Mark.GIVEN:
        if run[0].marks & (Mark.SURNAME | Mark.SYLLABLE) and len(run) > 1 and run[1].marks & Mark.INITIAL:
            break
        if _family_first(run):
            break
        if run[0].marks & Mark.SURNAME and len(run) > 1 and not _begins(text, run[0].start):
            break
        run = run[1:]
    return run


def _family_first(run: list[Token]) -> bool:
    """'YAU Kin Tong': a surname in capitals and syllables after it, as Hong Kong writes names."""
    first = run[0].marks
    if not (first & Mark.UPPER and first & Mark.SYLLABLE) or len(run) < 2 or first & Mark.NEUTRAL:
        return False
    second = run[1].marks
    if second & Mark.UPPER:
        # 'HO TSZ KIN': all in capitals, syllables all, one of them no word
        known = [token for token in run if token.marks & Mark.SYLLABLE]
        strange = any(not token.marks & Mark.ORDINARY for token in known)
        return len(known) == len(run) and strange and bool(first & Mark.SURNAME)
    return bool(second & Mark.CAPITAL and second & (Mark.SYLLABLE | Mark.GIVEN))


def _begins(text: str, start: int) -> bool:
    before = text[max(0, start - _WINDOW) : start].rstrip(" \"'(")[-1:]
    return not before or before in ".!?:;\n-•。：；，"


def _evidence(text: str, run: list[Token], titled: bool, cued: bool, related: bool) -> float:
    """How sure it is that the run holds a name; 0 where nothing says so."""
    if titled:
        return 0.9
    # A lone common word after a cue is speech: 'Patient: Well, ...', 'my brother, right'.
    common = len(run) == 1 and bool(run[0].marks & Mark.COMMONEST)
    if related and not common and _starts_name(run[0]):
        return 0.8
    if cued and not common and any(not token.marks & _NOT_NAMES or token.marks & _LISTED for token in run):
        return 0.85
    best = 0.7 if _family_first(run) else 0.0
    for place, token in enumerate(run):
        marks = token.marks
        if not marks & _NOT_NAMES and marks & Mark.CAPITAL:
            if _MEDICAL_NEXT.match(text, token.end):
                continue
            best = max(best, 0.8 if marks & (_LISTED | Mark.SYLLABLE | Mark.PLACE) else 0.6)
        elif not marks & Mark.CAPITAL and marks & Mark.GIVEN and (len(token.word) > 3 or place + 1 < len(run)):
            best = max(best, 0.55)
        elif not marks & (Mark.CAPITAL | _NOT_NAMES) and marks & Mark.SURNAME and len(token.word) > 4:
            best = max(best, 0.5)
        if place + 1 < len(run) and _pair(text, token, run[place + 1]):
            best = max(best, 0.7)
    if not best and len(run) == 1 and _lone_given(text, run[0]):
        best = 0.5
    return best


def _starts_name(token: Token) -> bool:
    return (
        len(token.word) > 1
        and bool(token.marks & Mark.CAPITAL)
        and not token.marks & (Mark.NEUTRAL | Mark.ABBREVIATION)
    )


def _pair(text: str, left: Token, right: Token) -> bool:
    """A given name and a surname, though both be ordinary words; an initial and a surname; 'Ah Man'."""
    if not left.marks & Mark.CAPITAL or not right.marks & Mark.CAPITAL or _MEDICAL_NEXT.match(text, right.end):
        return False
    if left.marks & right.marks & Mark.UPPER and not (left.marks | right.marks) & Mark.INITIAL:
        return False
    if left.word == "Ah":
        return True
    if left.marks & Mark.INITIAL or right.marks & Mark.INITIAL:
        other = right if left.marks & Mark.INITIAL else left
        dotted = "." in text[left.end : left.end + 1] + text[right.end : right.end + 1]
        if other.marks & Mark.INITIAL or (left.word in ("I", "A") and not dotted) or not other.marks & _LISTED:
            return False
        return (
            dotted
            or not other.marks & Mark.ORDINARY
            or bool(other.marks & Mark.SYLLABLE and other.marks & Mark.SURNAME)
        )
    if left.marks & Mark.UPPER and right.marks & Mark.UPPER:
        return False
    if left.marks & Mark.ABBREVIATION:
        known = right.marks & (Mark.SURNAME | Mark.SYLLABLE) and (
            not right.marks & Mark.ORDINARY or (right.marks & Mark.SYLLABLE and right.marks & Mark.SURNAME)
        )
        return bool(known) and len(left.word) < 4
    given = left.marks & Mark.GIVEN and not left.marks & Mark.NEUTRAL
    return bool(given and right.marks & Mark.SURNAME and not right.marks & Mark.NEUTRAL)


def _lone_given(text: str, token: Token) -> bool:
    """'Grace' in the middle of a sentence: a word, yet with a capital that no sentence gave it."""
    if token.marks & (Mark.NEUTRAL | Mark.EPONYM | Mark.UPPER | Mark.INITIAL | Mark.COMMONEST) or len(token.word) < 3:
        return False
    if not token.marks & Mark.GIVEN or _MEDICAL_NEXT.match(text, token.end):
        return False
    return not token.marks & Mark.FREQUENT or not _begins(text, token.start)


def _surname_after_given(run: list[Token], at: int) -> bool:
    """'Maria Ångström': a word of the language, and none of the common ones, after a given name."""
    if not at or run[at].marks & (Mark.FREQUENT | Mark.NEUTRAL | Mark.ABBREVIATION) or not run[at].marks & Mark.CAPITAL:
        return False
    return bool(run[at - 1].marks & Mark.GIVEN) and not run[at - 1].marks & _NOT_NAMES


def _edges(run: list[Token], announced: bool) -> tuple[int, int]:
    """First and last token of the run that belong to the name."""

    def belongs(token: Token) -> bool:
        if not token.marks & _NOT_NAMES or token.marks & _LISTED:
            return True
        return (
            bool(token.marks & (Mark.INITIAL | Mark.SYLLABLE))
            or announced
            or bool(token.marks & Mark.ABBREVIATION and not token.marks & Mark.NEUTRAL)
        )

    start, end = 0, len(run) - 1
    while start <= end and not belongs(run[start]):
        start += 1
    while end >= start and not belongs(run[end]) and not _surname_after_given(run, end):
        end -= 1
    if announced:
        end = min(end, start + 4)
    return start, end
