"""What belongs to the hospital and not to a patient: wards and staff."""

from __future__ import annotations

from factory.simulate import identities_cn, identities_hk, identities_other
from factory.simulate.dice import Dice
from factory.simulate.people import Name, Sex

STAFF = 200
_STAFF_SEX: tuple[Sex, ...] = ("F", "M", "M")

GENERAL_WARDS = (
    "Medical A",
    "Medical B",
    "Medical C",
    "Diabetes and Endocrine",
    "Geriatric",
    "Emergency Short Stay",
)
_WARD_OF = {
    "Cardio": "Coronary Care",
    "Surg": "Surgical",
    "Ortho": "Orthopaedic",
    "Neph": "Renal",
    "Pediatric": "Children",
    "Obste": "Maternity",
    "Gyne": "Maternity",
    "Emergency": "Emergency Short Stay",
    "Endo": "Diabetes and Endocrine",
    "Psych": "Psychiatric",
    "Urolog": "Surgical",
}


def ward(dice: Dice, specialty: str) -> str:
    """A ward that mostly fits the specialty of the attending; overflow goes to the general wards."""
    if dice.chance(0.85):
        for beginning, name in _WARD_OF.items():
            if specialty.startswith(beginning):
                return name
    return dice.pick(GENERAL_WARDS)


def staff(seed: int) -> tuple[tuple[Name, str], ...]:
    """The attending doctors: a name, and the form the hospital writes it in, English or Chinese."""
    dice = Dice(seed, "staff")
    out = []
    for _ in range(STAFF):
        sex: Sex = dice.pick(_STAFF_SEX)
        kind = dice.random()
        if kind < 0.65:
            name = identities_hk.name(dice, sex)
            written = name.zh if dice.chance(0.3) else "Dr " + name.latin
        elif kind < 0.85:
            name = identities_cn.name(dice, sex)
            written = name.zh if dice.chance(0.7) else "Dr " + name.latin
        else:
            name = identities_other.name(dice, sex)
            written = "Dr " + name.latin
        out.append((name, written))
    return tuple(out)
