"""Invented people of the canary pack, with every identifier a record may hold. Nobody of this pack exists."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import asdict, dataclass

import pandas as pd

from factory.scan.checkdigits import hkid_check, luhn_check, resident_check, vin_check

# Surname and given name: romanised, traditional, simplified.
_HONG_KONG = (
    ("KWAN", "關", "关"),
    ("TSANG", "曾", "曾"),
    ("LEUNG", "梁", "梁"),
    ("YIP", "葉", "叶"),
    ("SZETO", "司徒", "司徒"),
    ("MAK", "麥", "麦"),
    ("AU YEUNG", "歐陽", "欧阳"),
    ("POON", "潘", "潘"),
    ("FUNG", "馮", "冯"),
    ("HO", "何", "何"),
)
_HK_GIVEN = (
    ("Wing Sze", "詠詩", "咏诗"),
    ("Chi Keung", "志強", "志强"),
    ("Lai Fong", "麗芳", "丽芳"),
    ("Ka Ho", "家豪", "家豪"),
    ("Sau Ying", "秀英", "秀英"),
    ("Kwok Wah", "國華", "国华"),
    ("Mei Yee", "美儀", "美仪"),
    ("Tsz Kin", "子健", "子健"),
)
_MAINLAND = (
    ("Zhuge", "諸葛", "诸葛"),
    ("Ouyang", "歐陽", "欧阳"),
    ("Qin", "秦", "秦"),
    ("Xue", "薛", "薛"),
    ("Dong", "董", "董"),
    ("Jiang", "蔣", "蒋"),
    ("Lu", "盧", "卢"),
    ("Shao", "邵", "邵"),
    ("Wan", "萬", "万"),
    ("Tan", "譚", "谭"),
)
_CN_GIVEN = (
    ("Jianguo", "建國", "建国"),
    ("Xiulan", "秀蘭", "秀兰"),
    ("Haitao", "海濤", "海涛"),
    ("Yuqing", "雨晴", "雨晴"),
    ("Zhiyuan", "志遠", "志远"),
    ("Minmin", "敏敏", "敏敏"),
    ("Guifang", "桂芳", "桂芳"),
    ("Peng", "鵬", "鹏"),
)
_WESTERN = (
    ("Eleanor", "Whitcombe"),
    ("Declan", "O'Rourke"),
    ("Priya", "Raghunathan"),
    ("Tomasz", "Wisniewski"),
    ("Adaeze", "Okonkwo"),
    ("Margaret", "Fairbrother"),
    ("Luis", "Castellanos"),
    ("Hannah", "Lindqvist"),
)
_RELATIONS = (
    ("wife", "太太", "妻子"),
    ("husband", "丈夫", "丈夫"),
    ("daughter", "女兒", "女儿"),
    ("son", "兒子", "儿子"),
    ("sister", "姐姐", "姐姐"),
)
_EMPLOYERS = (
    ("Harbourline Freight Ltd", "港線貨運有限公司", "港线货运有限公司"),
    ("Lotus Court Bakery", "蓮閣餅店", "莲阁饼店"),
    ("Eastern Tide Textiles", "東潮紡織廠", "东潮纺织厂"),
    ("St Brendan Primary School", "聖本篤小學", "圣本笃小学"),
)
_HOMES_HK = (
    ("Flat {f}, {n}/F, Block {b}, Hoi Lam Court, Tuen Mun", "屯門海林閣{b}座{n}樓{f}室", "屯门海林阁{b}座{n}楼{f}室"),
    (
        "Room {n}08, Po Yuen House, 27 Fuk Wing Street, Sham Shui Po",
        "深水埗福榮街27號寶園樓{n}08室",
        "深水埗福荣街27号宝园楼{n}08室",
    ),
)
_HOMES_CN = (
    (
        "Room {n}02, Unit {b}, 118 Jiefang Road, Suzhou",
        "蘇州市姑蘇區解放路118號{b}單元{n}02室",
        "苏州市姑苏区解放路118号{b}单元{n}02室",
    ),
    ("{n} Lane 46, Wukang Road, Xuhui District", "上海市徐匯區武康路46弄{n}號", "上海市徐汇区武康路46弄{n}号"),
)
_HOMES_US = ("{n}4{b} Larkspur Avenue, Apt {f}, Dayton, OH 45419", "{b}7 Old Quarry Road, Burlington, VT 05401")


@dataclass(frozen=True)
class Person:
    """One invented person: identifiers as a registration desk writes them."""

    person: str
    origin: str
    surname_en: str
    given_en: str
    name_en: str
    name_zh: str
    name_hans: str
    birth_date: dt.date
    mrn: str
    id_number: str
    phone_mobile: str
    phone_home: str
    fax: str
    email: str
    address: str
    address_zh: str
    address_hans: str
    postcode: str
    kin_relation: str
    kin_relation_zh: str
    kin_relation_hans: str
    kin_name: str
    kin_name_zh: str
    kin_name_hans: str
    kin_phone: str
    employer: str
    employer_zh: str
    employer_hans: str
    plan_number: str
    card_number: str
    licence_number: str
    plate: str
    vin: str
    device_serial: str
    url: str
    ip: str
    wechat: str
    admitted: dt.date


def people(count: int, seed: int) -> list[Person]:
    """`count` people; the same seed gives the same ones."""
    dice = random.Random(seed)
    return [_person(dice, number) for number in range(count)]


def frame(listed: list[Person]) -> pd.DataFrame:
    """The people as a table of texts, one row each."""
    return pd.DataFrame([{name: str(value) for name, value in asdict(person).items()} for person in listed])


def _digits(dice: random.Random, count: int) -> str:
    return "".join(dice.choice("0123456789") for _ in range(count))


def _person(dice: random.Random, number: int) -> Person:
    origin = ("HK", "CN", "US")[number % 3]
    surname, given = _name(dice, origin)
    kin_given = _name(dice, origin)[1]
    born = dt.date(1916, 1, 1) + dt.timedelta(days=dice.randrange(32_000))
    homes = {"HK": _HOMES_HK, "CN": _HOMES_CN, "US": tuple((home, home, home) for home in _HOMES_US)}[origin]
    spots = {"n": dice.randint(2, 38), "b": dice.randint(2, 9), "f": dice.choice("ABCDEFG")}
    home = tuple(text.format(**spots) for text in dice.choice(homes))
    relation, employer = dice.choice(_RELATIONS), dice.choice(_EMPLOYERS)
    handle = f"{given[0].split()[0]}.{surname[0].split()[0]}".replace("'", "").lower()
    return Person(
        person=f"CANARY-{number:03d}",
        origin=origin,
        surname_en=surname[0],
        given_en=given[0],
        name_en=f"{given[0]} {surname[0]}" if origin == "US" else f"{surname[0]} {given[0]}",
        name_zh=surname[1] + given[1],
        name_hans=surname[2] + given[2],
        birth_date=born,
        mrn=f"{dice.choice(('QH', 'TM', 'SK'))}{_digits(dice, 8)}",
        id_number=_identity(dice, origin, born),
        phone_mobile=_phone(dice, origin),
        phone_home=_home_phone(dice, origin),
        fax=_home_phone(dice, origin),
        email=f"{handle}{born.year % 100:02d}@{dice.choice(('mailcove.hk', 'post-lane.cn', 'inboxly.com'))}",
        address=home[0],
        address_zh=home[1],
        address_hans=home[2],
        postcode=_digits(dice, 6) if origin != "US" else home[0][-5:],
        kin_relation=relation[0],
        kin_relation_zh=relation[1],
        kin_relation_hans=relation[2],
        kin_name=f"{kin_given[0]} {surname[0]}" if origin == "US" else f"{surname[0]} {kin_given[0]}",
        kin_name_zh=surname[1] + kin_given[1],
        kin_name_hans=surname[2] + kin_given[2],
        kin_phone=_phone(dice, origin),
        employer=employer[0],
        employer_zh=employer[1],
        employer_hans=employer[2],
        plan_number=f"HP{_digits(dice, 9)}",
        card_number=_card(dice),
        licence_number=f"DL{_digits(dice, 7)}",
        plate=_plate(dice, origin),
        vin=_vin(dice),
        device_serial=f"SN-{_serial(dice)}",
        url=f"https://people.{dice.choice(('skyjot', 'homely', 'ourpage'))}.com/{handle}",
        ip=f"100.{dice.randint(64, 127)}.{dice.randint(1, 254)}.{dice.randint(1, 254)}",
        wechat=f"{handle.replace('.', '_')}_{_digits(dice, 3)}",
        admitted=dt.date(2003, 1, 1) + dt.timedelta(days=dice.randrange(2_000)),
    )


def _name(dice: random.Random, origin: str) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    if origin == "US":
        given, surname = dice.choice(_WESTERN)[0], dice.choice(_WESTERN)[1]
        return (surname, surname, surname), (given, f"{given} ", f"{given} ")
    surnames, givens = (_HONG_KONG, _HK_GIVEN) if origin == "HK" else (_MAINLAND, _CN_GIVEN)
    return dice.choice(surnames), dice.choice(givens)


def _identity(dice: random.Random, origin: str, born: dt.date) -> str:
    if origin == "HK":
        prefix, digits = dice.choice(("A", "D", "K", "P", "Y", "WX")), _digits(dice, 6)
        return f"{prefix}{digits}({hkid_check(prefix, digits)})"
    if origin == "CN":
        body = f"{dice.choice(('320508', '310104', '440305', '810000'))}{born:%Y%m%d}{_digits(dice, 3)}"
        return body + resident_check(body)
    return f"{dice.randint(101, 664):03d}-{dice.randint(11, 99)}-{dice.randint(1000, 9999)}"


def _phone(dice: random.Random, origin: str) -> str:
    if origin == "HK":
        return dice.choice("569") + _digits(dice, 7)
    if origin == "CN":
        return "1" + dice.choice("3578") + _digits(dice, 9)
    return f"{dice.choice(('937', '802'))}-{dice.randint(220, 989)}-{_digits(dice, 4)}"


def _home_phone(dice: random.Random, origin: str) -> str:
    if origin == "HK":
        return dice.choice("23") + _digits(dice, 7)
    return f"0512-6{_digits(dice, 7)}" if origin == "CN" else _phone(dice, origin)


def _card(dice: random.Random) -> str:
    body = "62" + _digits(dice, 13)
    return body + luhn_check(body)


def _plate(dice: random.Random, origin: str) -> str:
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    if origin == "CN":
        return f"苏{dice.choice('AEU')}{dice.choice(letters)}{_digits(dice, 4)}"
    return f"{dice.choice(letters)}{dice.choice(letters)}{_digits(dice, 4)}"


def _vin(dice: random.Random) -> str:
    body = "".join(dice.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") for _ in range(17))
    return body[:8] + vin_check(body[:8] + "0" + body[9:]) + body[9:]


def _serial(dice: random.Random) -> str:
    return "".join(dice.choice("ABCDEFGHJKLMNPRTUVWXYZ") + dice.choice("23456789") for _ in range(5))
