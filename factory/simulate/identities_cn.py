"""Mainland residents: names in pinyin, resident identity numbers, phones and addresses."""

from __future__ import annotations

from bisect import bisect
from datetime import date
from functools import cache
from itertools import accumulate

import numpy as np
from pypinyin import lazy_pinyin

from factory.simulate.checkdigits import resident_id
from factory.simulate.codes import Bijection
from factory.simulate.dice import Dice
from factory.simulate.names_hk import FEMALE, MALE, to_hant
from factory.simulate.people import Home, Name, Sex
from factory.simulate.places_cn import COMMUNITIES, COUNTIES, ROADS, County
from factory.simulate.words import CN_FEMALE, CN_MALE, CN_SURNAME_WEIGHTS, CN_SURNAMES, COMPANIES_HANS

# Surnames read otherwise than the same character in a sentence.
_SURNAME_PINYIN = {
    "单": "Shan",
    "曾": "Zeng",
    "仇": "Qiu",
    "解": "Xie",
    "查": "Zha",
    "任": "Ren",
    "盖": "Ge",
    "朴": "Piao",
    "区": "Ou",
    "万": "Wan",
    "尉": "Wei",
    "乐": "Yue",
    "翟": "Zhai",
    "折": "She",
    "种": "Chong",
    "尹": "Yin",
}
_MOBILE_PREFIXES = (
    "130",
    "131",
    "132",
    "133",
    "135",
    "136",
    "137",
    "138",
    "139",
    "150",
    "151",
    "152",
    "155",
    "158",
    "159",
    "170",
    "177",
    "180",
    "186",
    "187",
    "189",
    "198",
)
_SURNAME_SHARES = tuple(accumulate(CN_SURNAME_WEIGHTS))
_FIRST_DAY = date(1880, 1, 1).toordinal()
_DAYS = 60_000  # births from 1880 to 2044
SEQUENCES = len(COUNTIES) * 500  # identity numbers to give out for one birth date and one sex


@cache
def pinyin(characters: str) -> str:
    """Characters as one capitalised pinyin word: 小明 -> Xiaoming."""
    return "".join(lazy_pinyin(characters)).capitalize()


def name(dice: Dice, sex: Sex, surname: str | None = None) -> Name:
    """A mainland name, e.g. 陈小明 / CHEN Xiaoming."""
    family = surname or CN_SURNAMES[bisect(_SURNAME_SHARES, dice.random() * _SURNAME_SHARES[-1])]
    male = sex == "M" or (sex == "U" and dice.chance(0.5))
    if dice.chance(0.4):
        given = dice.pick(CN_MALE if male else CN_FEMALE)
    else:
        pool = MALE if male else FEMALE
        given = dice.pick(pool).hans + dice.pick(pool).hans
    family_en = _SURNAME_PINYIN.get(family) or pinyin(family)
    given_en = pinyin(given)
    return Name(family, given, to_hant(family + given), family_en, given_en, f"{family_en.upper()} {given_en}")


class ResidentIds:
    """Gives out resident numbers; counts how many a birth date and sex have had so that none repeats."""

    def __init__(self, seed: int) -> None:
        self._order = Bijection(seed, "resident-id", SEQUENCES)
        self._given = np.zeros((2, _DAYS), dtype=np.int32)

    def issue(self, born: date, male: bool) -> tuple[str, County]:
        """A number that agrees with birth date and sex, and its county; ValueError once a day is used up."""
        day = born.toordinal() - _FIRST_DAY
        rank = int(self._given[int(male), day])
        self._given[int(male), day] += 1
        # Shifted by the day, or everyone who is first on a birth date would come from the same county.
        place = (self._order(rank) + 7919 * day + 104_729 * int(male)) % SEQUENCES
        county_index, half = divmod(place, 500)
        county = COUNTIES[county_index]
        return resident_id(county.code, born.strftime("%Y%m%d"), 2 * half + int(male)), county


def mobile(dice: Dice) -> str:
    """Eleven digits that start with 13 … 19."""
    return dice.pick(_MOBILE_PREFIXES) + dice.digits(8)


def landline(dice: Dice, county: County) -> str:
    """Trunk code, hyphen, eight digits."""
    return f"{county.trunk}-{dice.between(2, 8)}{dice.digits(7)}"


def home(dice: Dice, county: County) -> Home:
    """An address in the county with its six-digit postcode."""
    road, number = dice.pick(ROADS), dice.between(1, 999)
    block, floor, room = dice.between(1, 30), dice.between(1, 30), dice.between(1, 6)
    community = dice.pick(COMMUNITIES) if dice.chance(0.5) else ""
    address = f"{county.city}{county.district}{road}{number}号{community}{block}栋{floor}{room:02d}室"
    return Home(address, f"{county.district}{road}{number}号", county.postcode)


def employer(dice: Dice, county: County) -> tuple[str, str]:
    """A company in Chinese; those who write Chinese notes do not translate it."""
    firm = dice.pick(COMPANIES_HANS)
    kind = dice.pick(("科技有限公司", "贸易有限公司", "机械厂", "建筑工程有限公司", "中学", "物业管理有限公司"))
    return county.city.split("省")[-1] + firm + kind, ""
