"""One date in the notations that hospital notes use."""

from __future__ import annotations

from datetime import date

from factory.simulate.dice import Dice

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DIGITS = "〇一二三四五六七八九"
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def english(dice: Dice, day: date) -> str:
    """2003-05-07, 7/5/2003, 7 May 2003, May 7th, 03.05.07, 07MAY2003 …"""
    y, m, d, month = day.year, day.month, day.day, _MONTHS[day.month - 1]
    kind = dice.below(14)
    if kind < 7:
        return (
            f"{y}-{m:02d}-{d:02d}",
            f"{d}/{m}/{y}",
            f"{d} {month} {y}",
            f"{d:02d}/{m:02d}/{y % 100:02d}",
            f"{month} {d}{_ordinal(d)}",
            f"{y % 100:02d}.{m:02d}.{d:02d}",
            f"{d:02d}.{m:02d}.{y}",
        )[kind]
    return (
        f"{d:02d}{month[:3].upper()}{y}",
        f"{month[:3]} {d}, {y}",
        f"{d:02d}-{month[:3]}-{y % 100:02d}",
        f"the {d}{_ordinal(d)} of {month} {y}",
        f"{y}{m:02d}{d:02d}",
        f"{d:02d}-{m:02d}-{y}",
        f"{y}/{m:02d}/{d:02d}",
    )[kind - 7]


def chinese(dice: Dice, day: date, traditional: bool) -> str:
    """2003年5月7日, 二零零三年五月七日, 2003/5/7, 5月7日, 民國92年5月7日 …"""
    y, m, d = day.year, day.month, day.day
    kind = dice.below(13)
    if kind == 0:
        zero = "零" if dice.chance(0.5) else "〇"
        year = "".join(_DIGITS[int(digit)] for digit in str(y)).replace("〇", zero)
        return f"{year}年{_numeral(m)}月{_numeral(d)}日"
    if kind == 1 and y > 1911 and traditional:
        return f"民國{y - 1911}年{m}月{d}日"
    if kind == 2:
        return f"{y}年{m}月{d}日".translate(_FULL_WIDTH)
    return (
        f"{y}年{m}月{d}日",
        f"{y}年{m:02d}月{d:02d}日",
        f"{y}年{m}月{d}號" if traditional else f"{y}年{m}月{d}号",
        f"{y}/{m}/{d}",
        f"{y % 100:02d}.{m:02d}.{d:02d}",
        f"{y}-{m:02d}-{d:02d}",
        f"{m}月{d}日",
        f"{y}.{m}.{d}",
        f"{y} 年 {m} 月 {d} 日",
        f"{y % 100:02d}年{m}月{d}日",
    )[(kind - 3) % 10]


def _ordinal(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _numeral(number: int) -> str:
    """1-31 in Chinese numerals."""
    tens, ones = divmod(number, 10)
    return ("" if not tens else "十" if tens == 1 else _DIGITS[tens] + "十") + (_DIGITS[ones] if ones else "")
