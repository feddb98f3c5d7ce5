import string

from hypothesis import given
from hypothesis import strategies as st

from factory.scan.checkdigits import (
    hkid_check,
    is_dea,
    is_gtin,
    is_hkid,
    is_iban,
    is_luhn,
    is_resident_number,
    is_vin,
    luhn_check,
    resident_check,
    vin_check,
)

digits = st.text(string.digits, min_size=1, max_size=24)


def of(count):
    return st.text(string.digits, min_size=count, max_size=count)


@given(st.text(string.ascii_uppercase, min_size=1, max_size=2), of(6))
def test_an_hkid_has_one_check_character(prefix, number):
    right = hkid_check(prefix, number)
    assert [check for check in "0123456789A" if is_hkid(f"{prefix}{number}{check}")] == [right]


def test_hkids_of_the_catalogue():
    assert all(is_hkid(number) for number in ("A1234563", "G123456A", "C1234569", "AB9876543"))


@given(st.text(string.ascii_uppercase, min_size=1, max_size=1), of(6), st.integers(0, 5), st.integers(1, 9))
def test_one_wrong_digit_of_an_hkid_is_seen(prefix, number, place, more):
    wrong = number[:place] + str((int(number[place]) + more) % 10) + number[place + 1 :]
    assert not is_hkid(prefix + wrong + hkid_check(prefix, number))


@given(of(17))
def test_a_resident_number_has_one_check_character(body):
    right = resident_check(body)
    assert [check for check in "0123456789X" if is_resident_number(body + check)] == [right]
    assert is_resident_number(body + right.lower())


def test_the_resident_number_of_the_standard():
    assert is_resident_number("11010519491231002X")


@given(digits)
def test_luhn_has_one_check_digit(body):
    assert [check for check in string.digits if is_luhn(body + check)] == [luhn_check(body)]


@given(digits.filter(lambda body: len(body) > 1), st.data())
def test_luhn_sees_one_wrong_digit(body, data):
    place = data.draw(st.integers(0, len(body) - 1))
    wrong = body[:place] + str((int(body[place]) + data.draw(st.integers(1, 9))) % 10) + body[place + 1 :]
    assert not is_luhn(wrong + luhn_check(body))


@given(st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=17, max_size=17))
def test_a_vin_has_one_check_character(body):
    right = vin_check(body[:8] + "0" + body[9:])
    assert [check for check in "0123456789X" if is_vin(body[:8] + check + body[9:])] == [right]


def test_numbers_published_as_examples():
    assert is_vin("1M8GDM9AXKP042788")
    assert is_luhn("4111111111111111")
    assert is_iban("GB82WEST12345698765432")
    assert is_gtin("00844588003288")
    assert is_dea("AB1234563")


@given(st.text(max_size=24))
def test_no_text_breaks_a_check(text):
    for check in (is_hkid, is_resident_number, is_luhn, is_vin, is_gtin, is_iban, is_dea):
        assert check(text) in (True, False)
