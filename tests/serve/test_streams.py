"""A sealed file whole and in part, as RFC 9110 says, from a real server; and what is entered of each answer."""

import time

import httpx
import pytest
from catalogue import catalogue, weighing

from factory.catalog.keeper import usage
from factory.core.files import sha256_bytes

SIZE = 48 << 20
"""More than the sockets of two processes hold between them."""


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streams")
    with weighing(SIZE):
        made = catalogue(folder, f"sqlite:///{folder / 'room' / 'room.db'}")
    made.serve()
    yield made
    made.stop()
    made.keeper.store.close()


@pytest.fixture(scope="module")
def whole(there):
    return there.made.bundle_zip.read_bytes()


@pytest.fixture(scope="module")
def header(there):
    return {"authorization": f"Bearer {there.token()}"}


@pytest.fixture
def asked(there, header):
    def ask(method="GET", **more):
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return httpx.request(method, f"{there.url}/data/wards.zip", headers={**header, **named}, timeout=60)

    return ask


@pytest.fixture
def entered(there):
    """Records since the test began, as soon as all of them have ended."""
    before = {row.id for row in usage.records(there.keeper, 1000)[0]}

    def fresh(number=1, seconds=20.0):
        deadline = time.monotonic() + seconds
        while True:
            rows = [row for row in usage.records(there.keeper, 1000)[0] if row.id not in before]
            if len(rows) == number and all(row.ended for row in rows):
                return rows
            assert time.monotonic() < deadline, rows
            time.sleep(0.02)

    return fresh


def test_the_whole(asked, entered, whole):
    answer = asked()
    assert answer.status_code == 200 and answer.content == whole
    assert answer.headers["accept-ranges"] == "bytes" and "content-range" not in answer.headers
    assert answer.headers["etag"] == f'"{sha256_bytes(whole)}"'
    assert [(row.start, row.bytes) for row in entered()] == [(0, len(whole))]


@pytest.mark.parametrize(
    ("asks", "first", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=5-", 5, None),
        ("bytes=-7", -7, None),
        ("bytes=10-19", 10, 20),
        ("bytes=1048570-1048580", 1048570, 1048581),
        ("bytes=7-999999999999", 7, None),
    ],
)
def test_a_part(asked, entered, whole, asks, first, stop):
    answer = asked(range=asks)
    assert answer.status_code == 206 and answer.content == whole[first:stop]
    begin, end, size = slice(first, stop).indices(len(whole))[0], slice(first, stop).indices(len(whole))[1], len(whole)
    assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/{size}"
    assert int(answer.headers["content-length"]) == end - begin
    assert [(row.start, row.bytes) for row in entered()] == [(begin, end - begin)]


@pytest.mark.parametrize(
    "asks", ["bytes=0-", "bytes=-999999999999", "bytes=0-1,5-6", "bytes=-", "items=0-5", "bytes=a-b"]
)
def test_what_is_no_single_part_gets_the_whole(asked, whole, asks):
    answer = asked(range=asks)
    assert answer.status_code == 200 and len(answer.content) == len(whole) and "content-range" not in answer.headers


@pytest.mark.parametrize("asks", ["bytes={size}-", "bytes={size}-{size}", "bytes=-0"])
def test_beyond_the_end(there, asked, whole, asks):
    before = usage.records(there.keeper)[1]
    answer = asked(range=asks.replace("{size}", str(len(whole))))
    assert answer.status_code == 416 and answer.content == b""
    assert answer.headers["content-range"] == f"bytes */{len(whole)}"
    assert usage.records(there.keeper)[1] == before


def test_a_part_of_this_file_or_the_whole_of_another(asked, whole):
    right = f'"{sha256_bytes(whole)}"'
    assert asked(range="bytes=5-9", if_range=right).content == whole[5:10]
    for other in (f'"{"0" * 64}"', f"W/{right}", "Thu, 01 Jan 2026 00:00:00 GMT"):
        answer = asked(range="bytes=5-9", if_range=other)
        assert answer.status_code == 200 and len(answer.content) == len(whole)


def test_who_has_it_is_sent_nothing(there, asked, whole):
    before = usage.records(there.keeper)[1]
    answer = asked(if_none_match=f'"{sha256_bytes(whole)}"')
    assert answer.status_code == 304 and answer.content == b""
    assert usage.records(there.keeper)[1] == before
    assert asked(if_none_match=f'"{"0" * 64}"', range="bytes=0-0").content == whole[:1]


@pytest.mark.parametrize("asks", ["", "bytes=5-9", "bytes=999999999999-"])
def test_head_says_what_there_is_and_sends_nothing(there, asked, whole, asks):
    before = usage.records(there.keeper)[1]
    answer = asked("HEAD", **({"range": asks} if asks else {}))
    assert answer.status_code == 200 and answer.content == b""
    assert int(answer.headers["content-length"]) == len(whole)
    assert answer.headers["accept-ranges"] == "bytes" and answer.headers["etag"] == f'"{sha256_bytes(whole)}"'
    assert usage.records(there.keeper)[1] == before


def test_who_leaves_early_is_entered_with_what_was_sent(there, header, entered, whole):
    with httpx.stream("GET", f"{there.url}/data/wards.zip", headers=header) as answer:
        first = next(answer.iter_raw(1000))
    assert first == whole[:1000]
    (row,) = entered(seconds=5.0)
    assert 1000 <= row.bytes < len(whole) and row.start == 0


def test_one_who_waits_holds_nobody_up(there, header, asked, entered, whole):
    with httpx.stream("GET", f"{there.url}/data/wards.zip", headers=header) as slow:
        pieces = slow.iter_raw(1 << 16)
        got = next(pieces)
        assert asked(range="bytes=0-9").content == whole[:10]
        rest = b"".join([got, *pieces])
    assert rest == whole
    assert sorted(row.bytes for row in entered(2)) == [10, len(whole)]
