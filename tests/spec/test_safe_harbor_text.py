"""Safe Harbor in free text, 45 CFR 164.514(b)(2)(i): each trap quotes the words that it tests."""

from __future__ import annotations

import pytest

from factory.deid.text import Detector, KnownPeople, PhiClass, replace

PEOPLE = KnownPeople()
for kind, value in (
    (PhiClass.NAME, "Wong Ka Yan"),
    (PhiClass.NAME, "黃家欣"),
    (PhiClass.NAME, "Chu Wai Hung"),  # the husband
    (PhiClass.ID, "Z683365(5)"),
    (PhiClass.MRN, "HN40118823"),
):
    PEOPLE.add("p", kind, value)


def clean(text):
    return replace(text, Detector(PEOPLE).find(text, "p"))


TRAPS = [
    ("(A) Names", "Ms Wong, also KAYAN WONG and 家欣, slept well.", ("Wong", "KAYAN", "WONG", "家欣")),
    ("'of the individual or of relatives'", "Husband Chu Wai Hung (W.H. Chu) will bring him.", ("Chu", "Hung")),
    ("'or of ... employers'", "She works for Golden Harbour Logistics Ltd as a clerk.", ("Golden", "Harbour")),
    (
        "(B) 'all geographic subdivisions smaller than a State'",
        "Lives at 27 Fuk Wing Street, Sham Shui Po.",
        ("27", "Fuk Wing", "Sham Shui Po"),
    ),
    ("(B) 'zip code, and their equivalent geocodes'", "Moved to zip 02139 in spring.", ("02139",)),
    (
        "(C) 'all elements of dates (except year) ... admission date'",
        "Admitted 03.05.07, again on May 7th.",
        ("03.05", "May", "7th"),
    ),
    ("(C) 'date of death'", "Died in hospital on the 14th of March 1999 at 02:15.", ("14th", "March")),
    ("(C) 'all ages over 89'", "A ninety-two-year-old, her sister 95 y.", ("ninety", "95")),
    ("(C) and its year where it shows such an age", "病人九十三歲，生於民國5年5月21日。", ("九十三", "5月21日")),
    ("(D) 'Telephone numbers'", "Ring nine one two three four five six seven.", ("nine one",)),
    ("(F) 'Electronic mail addresses'", "Results to ka dot yan at mail dot example dot com.", ("mail dot example",)),
    (
        "(G) 'Social security numbers', and what stands for them",
        "SSN 123-45-6789, HKID Z 683365 (5).",
        ("6789", "683365"),
    ),
    ("(H) 'Medical record numbers'", "Old file 4011 8823 found.", ("4011", "8823")),
    ("(K) 'Certificate/license numbers'", "Driver's license number is D1234567.", ("D1234567",)),
    ("(L) 'Vehicle identifiers ... license plate numbers'", "车牌粤B12345，停在急诊门口。", ("B12345",)),
    ("(M) 'Device identifiers and serial numbers'", "Pacemaker serial no. 77XK-20119 checked.", ("77XK", "20119")),
    ("(N) 'Web Universal Resource Locators'", "Uploads at https://example.org/u/kayan every day.", ("example.org",)),
    ("(O) 'Internet Protocol (IP) address numbers'", "Session from 203.0.113.7.", ("203.0.113.7",)),
    (
        "(R) 'any other unique identifying number, characteristic, or code'",
        "Card ending 3655 shown; kit X7Q-449120-KD.",
        ("3655", "449120"),
    ),
]


@pytest.mark.parametrize(("rule", "text", "gone"), TRAPS, ids=[rule for rule, _, _ in TRAPS])
def test_it_does_not_survive(rule, text, gone):
    made = clean(text)
    assert not [part for part in gone if part in made], made


def test_what_the_rule_allows_stays():
    """A year alone, a State, an age up to 89, the time since: nothing in (b)(2)(i) names them."""
    text = "Seen in 2003 from Ohio, aged 89, 3 weeks after the fall; 41 y in all."
    assert clean(text) == text
