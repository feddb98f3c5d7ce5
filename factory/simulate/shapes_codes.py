"""Identity numbers, phones and other codes in the shapes that people type them in."""

from __future__ import annotations

from factory.simulate.dice import Dice
from factory.simulate.spans import Quote

# Every printable ASCII character has a full-width twin 0xFEE0 further on.
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def full_width(text: str) -> str:
    """'A123456(3)' -> 'Ａ１２３４５６（３）'."""
    return text.translate(_FULL_WIDTH)


def identity(dice: Dice, id_type: str, number: str) -> str:
    """An identity number: spaced, full-width, lower case, without brackets, split, …"""
    if id_type == "HKID":
        return _card(dice, number)
    if id_type == "CNID":
        return _resident(dice, number)
    return dice.pick((number, number, number.lower(), full_width(number), f"{number[:-4]} {number[-4:]}"))


def _card(dice: Dice, number: str) -> str:
    core, check = number[:-3], number[-2]
    letters, digits = core[:-6], core[-6:]
    kind = dice.below(12)
    if kind < 3:
        return number
    return (
        f"{letters} {digits} ({check})",
        f"{core} ({check})",
        core + check,
        number.lower(),
        full_width(number),
        f"{core}（{check}）",
        f"{letters}-{digits}-{check}",
        f"{letters}{digits[:3]} {digits[3:]}({check})",
        f"{digits}({check})",
    )[kind - 3]


def _resident(dice: Dice, number: str) -> str:
    kind = dice.below(9)
    if kind < 3:
        return number
    grouped = (number[:6], number[6:14], number[14:])
    return (
        " ".join(grouped),
        "-".join(grouped),
        number.lower(),
        full_width(number),
        f"{number[:6]} {number[6:10]} {number[10:14]} {number[14:]}",
        number[-4:],
    )[kind - 3]


def phone(dice: Dice, number: str) -> str:
    """A phone number: with or without country code, hyphens, spaces, brackets, full-width."""
    if number.startswith("+"):
        return dice.pick((number, number.replace(" ", ""), number.replace(" ", "-"), "00" + number[1:]))
    if "-" in number:
        trunk, rest = number.split("-")
        return dice.pick(
            (number, f"({trunk}) {rest}", f"{trunk} {rest[:4]} {rest[4:]}", full_width(number), trunk + rest)
        )
    if len(number) == 8:
        return _hong_kong(dice, number)
    a, b, c = number[:3], number[3:7], number[7:]
    return dice.pick(
        (
            number,
            number,
            f"{a} {b} {c}",
            f"{a}-{b}-{c}",
            f"+86 {number}",
            f"(+86){number}",
            f"0086-{number}",
            full_width(number),
            f"{a}.{b}.{c}",
        )
    )


def _hong_kong(dice: Dice, number: str) -> str:
    a, b = number[:4], number[4:]
    return dice.pick(
        (
            number,
            number,
            f"{a} {b}",
            f"{a}-{b}",
            f"+852 {a} {b}",
            f"+852-{number}",
            f"(852) {a} {b}",
            f"00852 {number}",
            full_width(number),
            f"852-{a}-{b}",
            f"{a}.{b}",
            f"{a}－{b}",
        )
    )


def email(dice: Dice, address: str) -> str:
    """An address as typed, or spelt out to evade a pattern."""
    local, domain = address.split("@")
    return dice.pick(
        (
            address,
            address,
            f"{local} at {domain}",
            f"{local} [at] {domain}",
            f"{local}＠{domain}",
            f"{local} @ {domain}",
            address.upper(),
            f"{local}(at){domain}",
        )
    )


def mrn(dice: Dice, number: str) -> Quote:
    """A hospital number with or without its letters, spaced, behind a label or a '#'."""
    digits = number[2:]
    value = dice.pick(
        (
            number,
            number,
            f"HN {digits[:4]} {digits[4:]}",
            number.lower(),
            f"HN-{digits}",
            digits,
            full_width(number),
            f"HN{digits[:4]}-{digits[4:]}",
        )
    )
    return Quote(value, before="#" if dice.chance(0.15) else "")


def payer(dice: Dice, number: str) -> str:
    """A health plan's member number."""
    digits = number[2:]
    return dice.pick(
        (
            number,
            number,
            f"PY {digits[:3]}-{digits[3:6]}-{digits[6:]}",
            number.lower(),
            digits,
            f"PY-{digits}",
        )
    )


def device(dice: Dice, serial: str) -> str:
    """A device's serial number."""
    tail = serial[3:]
    return dice.pick((serial, serial, f"SN {tail}", tail, serial.lower(), f"SN-{tail[:5]} {tail[5:]}"))
