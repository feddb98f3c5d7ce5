"""People with English names and passports, half of them resident in Hong Kong."""

from __future__ import annotations

from factory.simulate import identities_hk, words
from factory.simulate.codes import Bijection
from factory.simulate.dice import Dice
from factory.simulate.people import Home, Name, Sex

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_SINGLE = len(_LETTERS) * 10**8
PASSPORT_SPACE = _SINGLE + len(_LETTERS) ** 2 * 10**6


def name(dice: Dice, sex: Sex, surname: str | None = None) -> Name:
    """An English name; three in ten also have a Chinese spelling of it."""
    male = sex == "M" or (sex == "U" and dice.chance(0.5))
    if surname is None and dice.chance(0.3):
        given, given_zh = dice.pick(words.TRANSLITERATED_MALE if male else words.TRANSLITERATED_FEMALE)
        family, family_zh = dice.pick(words.TRANSLITERATED_SURNAMES)
        # The Chinese spelling keeps the English order, so it is held whole in the given name.
        return Name("", f"{given_zh}·{family_zh}", "", family, given, f"{given} {family}")
    given = dice.pick(words.EN_MALE if male else words.EN_FEMALE)
    family = surname or dice.pick(words.EN_SURNAMES)
    return Name("", "", "", family, given, f"{given} {family}")


def passport(numbers: Bijection, index: int) -> str:
    """A letter and eight digits, or two letters and six; no two people share one below `PASSPORT_SPACE`."""
    number = numbers(index)
    if number < _SINGLE:
        letter, digits = divmod(number, 10**8)
        return f"{_LETTERS[letter]}{digits:08d}"
    pair, digits = divmod(number - _SINGLE, 10**6)
    return f"{_LETTERS[pair // len(_LETTERS)]}{_LETTERS[pair % len(_LETTERS)]}{digits:06d}"


def mobile(dice: Dice, resident: bool) -> str:
    """A Hong Kong mobile for residents, else one of the range kept free for fiction (Ofcom 07700 900…)."""
    return identities_hk.mobile(dice) if resident else f"+44 7700 900{dice.digits(3)}"


def landline(dice: Dice, resident: bool) -> str:
    """A Hong Kong landline for residents, else a London number from the range kept free for fiction."""
    return identities_hk.landline(dice) if resident else f"+44 20 7946 0{dice.digits(3)}"


def home(dice: Dice, resident: bool) -> Home:
    """A Hong Kong address for residents, else a British one."""
    if resident:
        return identities_hk.home(dice, chinese=False)
    street = f"{dice.between(1, 240)} {dice.pick(words.EN_SURNAMES)} {dice.pick(words.EN_STREET_SUFFIXES)}"
    outward = f"{dice.pick(words.EN_POSTAL_ZONES)}{dice.between(1, 20)}"
    inward = f"{dice.below(10)}{dice.pick('ABDEFGHJ')}{dice.pick('LNPQRS')}"
    return Home(f"{street}, {dice.pick(words.EN_COUNTIES)}", street, f"{outward} {inward}")


def employer(dice: Dice) -> tuple[str, str]:
    """A company in English."""
    kind = dice.pick(
        (
            "& Sons Ltd",
            "Consulting Ltd",
            "Shipping Co.",
            "International School",
            "Insurance Brokers",
            "Group plc",
        )
    )
    return "", f"{dice.pick(words.EN_SURNAMES)} {kind}"
