"""The registration desk: an identity for each person, one after another, no number given twice."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from factory.simulate import identities_cn, identities_hk, identities_other
from factory.simulate.ages import age_at
from factory.simulate.codes import Bijection
from factory.simulate.dice import Dice
from factory.simulate.names_hk import Syllable
from factory.simulate.people import Home, Kin, Name, Origin, Person, Sex
from factory.simulate.places_cn import COUNTIES
from factory.simulate.stays import LAST_DAY
from factory.simulate.words import EN_SURNAMES

SHARE_HK, SHARE_CN = 0.60, 0.30  # the others hold passports
NO_EMAIL, NO_HOME_PHONE, NO_KIN = 0.20, 0.30, 0.05
_RELATIONS: dict[str, Sex] = {
    "husband": "M",
    "wife": "F",
    "son": "M",
    "daughter": "F",
    "brother": "M",
    "sister": "F",
    "father": "M",
    "mother": "F",
    "friend": "U",
}
_SAME_SURNAME = {"son", "daughter", "brother", "sister", "father"}
_DOMAINS = {
    "hk": ("example.com.hk", "example.com", "mail.example.com"),
    "cn": ("example.cn", "mail.example.cn"),
    "other": ("example.com", "example.org", "example.net"),
}


class _Particulars(NamedTuple):
    """What depends on where someone comes from."""

    origin: Origin
    name: Name
    number: tuple[str, str]  # kind, value
    phones: tuple[str, str]  # mobile, home
    home: Home
    kin: Kin | None
    employer: tuple[str, str]  # Chinese, English


class Register:
    """Makes identities. Ask for people in order: resident numbers count upwards within a birth date."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._mrn = Bijection(seed, "mrn", 10**8)
        self._payer = Bijection(seed, "payer", 10**9)
        self._card = Bijection(seed, "hkid", identities_hk.HKID_SPACE)
        self._passport = Bijection(seed, "passport", identities_other.PASSPORT_SPACE)
        self._resident = identities_cn.ResidentIds(seed)

    def enrol(self, index: int, sex: Sex, first_birth: int, last_birth: int) -> Person:
        """The `index`-th person, born on a day from `first_birth` to `last_birth` (ordinals)."""
        dice = Dice(self._seed, "identity", index)
        born = date.fromordinal(dice.between(first_birth, last_birth))
        own = self._particulars(dice, index, sex, born)
        return Person(
            mrn=f"HN{self._mrn(index):08d}",
            origin=own.origin,
            name=own.name,
            sex=sex,
            born=born,
            id_type=own.number[0],
            id_number=own.number[1],
            mobile=own.phones[0],
            phone_home="" if dice.chance(NO_HOME_PHONE) else own.phones[1],
            email="" if dice.chance(NO_EMAIL) else _email(dice, own.name, born, _DOMAINS[own.origin]),
            home=own.home,
            kin=own.kin,
            payer=f"PY{self._payer(index):09d}",
            employer_zh=own.employer[0],
            employer_en=own.employer[1],
        )

    def _particulars(self, dice: Dice, index: int, sex: Sex, born: date) -> _Particulars:
        draw = dice.random()
        if draw < SHARE_HK:
            return self._hong_kong(dice, index, sex, born)
        if draw < SHARE_HK + SHARE_CN:
            return self._mainland(dice, index, sex, born)
        return self._other(dice, index, sex, born)

    def _hong_kong(self, dice: Dice, index: int, sex: Sex, born: date) -> _Particulars:
        name = identities_hk.name(dice, sex)
        family = Syllable(name.surname_zh, name.other_script[: len(name.surname_zh)], name.surname_en)
        relation = _relation(dice, sex, born)
        kin = None
        if relation:
            kin_name = identities_hk.name(dice, _RELATIONS[relation], family if relation in _SAME_SURNAME else None)
            kin = Kin(kin_name, relation, identities_hk.mobile(dice))
        home = identities_hk.home(dice, chinese=dice.chance(0.4))
        phones = (identities_hk.mobile(dice), identities_hk.landline(dice))
        number = ("HKID", identities_hk.card(self._card, index))
        return _Particulars("hk", name, number, phones, home, kin, identities_hk.employer(dice))

    def _mainland(self, dice: Dice, index: int, sex: Sex, born: date) -> _Particulars:
        name = identities_cn.name(dice, sex)
        relation = _relation(dice, sex, born)
        kin = None
        if relation:
            surname = name.surname_zh if relation in _SAME_SURNAME else None
            kin = Kin(identities_cn.name(dice, _RELATIONS[relation], surname), relation, identities_cn.mobile(dice))
        number, county = self._resident.issue(born, sex == "M" or (sex == "U" and dice.chance(0.5)))
        if dice.chance(0.35):  # the number tells where someone was first registered, not where they live
            county = dice.pick(COUNTIES)
        home = identities_cn.home(dice, county)
        phones = (identities_cn.mobile(dice), identities_cn.landline(dice, county))
        employer = identities_cn.employer(dice, county)
        return _Particulars("cn", name, ("CNID", number), phones, home, kin, employer)

    def _other(self, dice: Dice, index: int, sex: Sex, born: date) -> _Particulars:
        name = identities_other.name(dice, sex)
        resident = dice.chance(0.5)
        relation = _relation(dice, sex, born)
        kin = None
        if relation:
            shared = name.surname_en if relation in _SAME_SURNAME or dice.chance(0.3) else dice.pick(EN_SURNAMES)
            kin_name = identities_other.name(dice, _RELATIONS[relation], shared)
            kin = Kin(kin_name, relation, identities_other.mobile(dice, resident))
        home = identities_other.home(dice, resident)
        phones = (identities_other.mobile(dice, resident), identities_other.landline(dice, resident))
        number = ("PASSPORT", identities_other.passport(self._passport, index))
        return _Particulars("other", name, number, phones, home, kin, identities_other.employer(dice))


def _relation(dice: Dice, sex: Sex, born: date) -> str:
    """A relation that fits the patient's age over the decade; empty for those without next of kin."""
    if dice.chance(NO_KIN):
        return ""
    oldest = age_at(born, LAST_DAY)
    if oldest < 28:
        return dice.pick(("father", "mother"))
    spouse = "wife" if sex == "M" else "husband"
    if oldest < 50:
        return dice.pick((spouse, spouse, "father", "mother", "brother", "sister", "friend"))
    return dice.pick((spouse, spouse, "son", "daughter", "son", "daughter", "brother", "sister", "friend"))


def _email(dice: Dice, name: Name, born: date, domains: tuple[str, ...]) -> str:
    """An address on a domain reserved for examples, made of name and birth year as people do."""
    given = name.given_en.replace(" ", "").lower()
    family = name.surname_en.replace("-", "").lower()
    local = dice.pick((f"{given}.{family}", f"{family}{given}", f"{given[0]}{family}", f"{given}_{family}"))
    tail = dice.pick(("", f"{born.year % 100:02d}", str(born.year), dice.digits(3)))
    return f"{local}{tail}@{dice.pick(domains)}"
