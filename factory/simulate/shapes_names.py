"""Names in the shapes that notes use: full, reversed, initials, surname and title, nickname, misspelt."""

from __future__ import annotations

from factory.simulate.dice import Dice
from factory.simulate.names_hk import FEMALE, MALE
from factory.simulate.people import Name, Sex
from factory.simulate.spans import Quote

_TITLES_EN: dict[str, tuple[str, ...]] = {
    "M": ("Mr ", "Mr. ", "MR "),
    "F": ("Mrs ", "Ms ", "Miss ", "Madam "),
    "U": ("Patient ",),
}
_TITLES_HANT: dict[str, tuple[str, ...]] = {
    "M": ("先生", "生", "伯"),
    "F": ("女士", "小姐", "太", "婆婆"),
    "U": ("君",),
}
_TITLES_HANS: dict[str, tuple[str, ...]] = {
    "M": ("先生", "大爷", "师傅"),
    "F": ("女士", "阿姨", "大妈"),
    "U": ("同志",),
}


def english(dice: Dice, name: Name, sex: Sex) -> Quote:
    """A name in an English note; a Chinese name may stand in it in characters."""
    family, given = name.surname_en, name.given_en
    kind = dice.below(16)
    if kind < 4:
        return Quote(name.latin)
    if kind < 7:
        return Quote(family, before=dice.pick(_TITLES_EN[sex]))
    if kind == 7:
        return Quote(name.zh or name.latin)
    if kind == 8:
        return Quote(typo(dice, name.latin))
    initials = [part[0] for part in given.split()]
    return Quote(
        (
            f"{given} {family}",
            f"{family.upper()}, {given}",
            f"{family} {'.'.join(initials)}.",
            f"{''.join(initials)} {family}",
            name.latin.lower(),
            _nickname_en(name),
            f"{'.'.join([*initials, family[0]])}.",
        )[kind - 9]
    )


def _nickname_en(name: Name) -> str:
    if name.surname_zh:
        return "Ah " + name.given_en.split()[-1]
    return name.given_en[:4] if len(name.given_en) > 5 else name.given_en


def chinese(dice: Dice, name: Name, sex: Sex, traditional: bool) -> Quote:
    """A name in a Chinese note; people without a Chinese name keep their Latin one."""
    if not name.surname_zh:
        return Quote(name.zh or name.latin)
    kind = dice.below(14)
    if kind < 4:
        return Quote(name.zh)
    if kind < 7:
        return Quote(name.surname_zh, after=dice.pick((_TITLES_HANT if traditional else _TITLES_HANS)[sex]))
    if kind == 7:
        return Quote(_slip(dice, name))
    if kind == 8:
        return Quote(" ".join(name.zh))
    return Quote(
        (
            name.other_script,
            name.latin,
            f"{name.surname_zh}·{name.given_zh}",
            _nickname_zh(name, traditional),
            name.given_zh if len(name.given_zh) > 1 else name.zh,
        )[kind - 9]
    )


def _nickname_zh(name: Name, traditional: bool) -> str:
    return "阿" + name.given_zh[-1] if traditional else "小" + name.given_zh[-1]


def doctor_english(dice: Dice, name: Name) -> Quote:
    """A doctor in an English note."""
    return dice.pick(
        (
            Quote(name.surname_en, before="Dr "),
            Quote(name.latin, before="Dr "),
            Quote(f"{name.given_en} {name.surname_en}", before="Dr. "),
        )
    )


def doctor_chinese(dice: Dice, name: Name, traditional: bool) -> Quote:
    """A doctor in a Chinese note."""
    title = dice.pick(("醫生", "醫生", "顧問醫生") if traditional else ("医生", "主任", "大夫"))
    if not name.surname_zh:
        return Quote(name.latin, before="Dr ")
    return Quote(name.zh if dice.chance(0.5) else name.surname_zh, after=title)


def typo(dice: Dice, text: str) -> str:
    """The text after one edit: a letter swapped with the next, left out, doubled, or hit beside its key."""
    at = dice.between(1, len(text) - 2)
    kind = dice.below(4)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[:at] + text[at] + text[at:]
    return text[:at] + dice.pick("aeionrst") + text[at + 1 :]


def _slip(dice: Dice, name: Name) -> str:
    """A Chinese name with one given character replaced."""
    wrong = dice.pick(MALE if dice.chance(0.5) else FEMALE).hant
    at = dice.below(len(name.given_zh))
    return name.surname_zh + name.given_zh[:at] + wrong + name.given_zh[at + 1 :]
