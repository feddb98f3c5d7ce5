"""Check digits and numbers that never repeat."""

import pytest

from factory.simulate.checkdigits import gb11643_check, hkid, resident_id
from factory.simulate.codes import DEVICE_SPACE, Bijection, alphanumeric
from factory.simulate.places_cn import COUNTIES


@pytest.mark.parametrize(
    ("prefix", "digits", "printed"),
    [
        ("A", "123456", "A123456(3)"),
        ("G", "123456", "G123456(A)"),
        ("C", "123456", "C123456(9)"),
        ("AB", "987654", "AB987654(3)"),
    ],
)
def test_hong_kong_cards_carry_the_published_check_digit(prefix, digits, printed):
    assert hkid(prefix, digits) == printed


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_examples_of_gb_11643_check(number):
    assert gb11643_check(number[:17]) == number[17]
    assert resident_id(number[:6], number[6:14], int(number[14:17])) == number


def test_county_codes_are_real():
    from faker.providers.ssn.zh_CN import Provider

    codes = [county.code for county in COUNTIES]
    assert len(set(codes)) == len(codes)
    assert set(codes) <= set(Provider.area_codes)


@pytest.mark.parametrize("size", [1, 2, 30_000, 999_983])
def test_a_bijection_gives_every_number_once(size):
    numbers = Bijection(7, "test", size)
    assert sorted(map(numbers, range(size))) == list(range(size))
    with pytest.raises(ValueError, match="told apart"):
        numbers(size)


def test_alphanumeric_is_one_to_one():
    assert len({alphanumeric(number) for number in range(5000)}) == 5000
    assert len(alphanumeric(DEVICE_SPACE - 1)) == 10
