"""Hong Kong residents: names, identity cards, phones and addresses."""

from __future__ import annotations

from functools import cache

from factory.simulate.checkdigits import hkid
from factory.simulate.codes import Bijection
from factory.simulate.dice import Dice
from factory.simulate.names_hk import COMMON_SURNAMES, FEMALE, MALE, SURNAMES, Syllable
from factory.simulate.people import Home, Name, Sex
from factory.simulate.places_hk import ESTATES, STREETS
from factory.simulate.words import COMPANIES_HANT, EN_FEMALE, EN_MALE

# Single letters in use, then two-letter prefixes; each prefix holds a million cards.
PREFIXES = (*"ABCDEGHKPRSVYZFMNTLJ", "WX", "XA", "XB", "XC", "XD", "XE", "XG", "XH")
HKID_SPACE = len(PREFIXES) * 10**6

_EN_EMPLOYERS = (
    "Wing Fat Trading Limited",
    "Kowloon Bus Depot No. 4",
    "Lucky Star Restaurant",
    "Tai Hing Printing Co.",
    "Golden Harbour Logistics Ltd",
    "Sun Fung Electrical Works",
    "Po Leung Secondary School",
    "Victoria Cleaning Services",
    "Jade Garden Bakery",
    "Pacific Rim Accounting Ltd",
    "Wah Kee Garment Factory",
    "Harbour View Hotel",
)


@cache
def _given_pool(sex: Sex) -> tuple[Syllable, ...]:
    return {"M": MALE, "F": FEMALE, "U": (*MALE, *FEMALE)}[sex]


def name(dice: Dice, sex: Sex, surname: Syllable | None = None) -> Name:
    """A Cantonese name, e.g. 陳大文 / CHAN Tai Man; a quarter also carry an English given name."""
    family = surname or dice.pick(COMMON_SURNAMES if dice.chance(0.45) else SURNAMES)
    pool = _given_pool(sex)
    given = [dice.pick(pool)] if dice.chance(0.08) else [dice.pick(pool), dice.pick(pool)]
    roman = " ".join(syllable.roman for syllable in given)
    latin = f"{family.roman.upper()} {roman}"
    if dice.chance(0.25):
        latin += " " + dice.pick(EN_MALE if sex == "M" else EN_FEMALE)
    return Name(
        surname_zh=family.hant,
        given_zh="".join(syllable.hant for syllable in given),
        other_script=family.hans + "".join(syllable.hans for syllable in given),
        surname_en=family.roman,
        given_en=roman,
        latin=latin,
    )


def card(numbers: Bijection, index: int) -> str:
    """The identity card of the `index`-th person; no two people share one below `HKID_SPACE`."""
    prefix, digits = divmod(numbers(index), 10**6)
    return hkid(PREFIXES[prefix], f"{digits:06d}")


def mobile(dice: Dice) -> str:
    """Eight digits that start with 5, 6 or 9."""
    return dice.pick("569") + dice.digits(7)


def landline(dice: Dice) -> str:
    """Eight digits that start with 2 or 3."""
    return dice.pick("23") + dice.digits(7)


def home(dice: Dice, chinese: bool) -> Home:
    """A flat in a real estate or street, with an invented number; Hong Kong has no postcodes."""
    flat, floor = dice.pick("ABCDEFGH"), dice.between(1, 38)
    if dice.chance(0.65):
        place, number = dice.pick(ESTATES), dice.between(1, 22)
        address_zh = f"{place.district_zh}{place.zh}{number}座{floor}樓{flat}室"
        address_en = f"Flat {flat}, {floor}/F, Block {number}, {place.en}, {place.district_en}"
        spoken = f"{place.zh}{number}座" if chinese else f"Block {number}, {place.en}"
    else:
        place, number = dice.pick(STREETS), dice.between(1, 680)
        address_zh = f"{place.district_zh}{place.zh}{number}號{floor}樓{flat}室"
        address_en = f"Flat {flat}, {floor}/F, {number} {place.en}, {place.district_en}"
        spoken = f"{place.zh}{number}號" if chinese else f"{number} {place.en}"
    return Home(address_zh if chinese else address_en, spoken, "")


def employer(dice: Dice) -> tuple[str, str]:
    """A company in Chinese and one in English."""
    return dice.pick(COMPANIES_HANT) + "有限公司", dice.pick(_EN_EMPLOYERS)
