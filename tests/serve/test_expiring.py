"""Who keeps a catalogue is told what ends soon, and of nothing that was taken back or ended by hand."""

import datetime as dt

import pytest
from catalogue import NAME, catalogue, today
from unit.candidates import LICENCE, OFFICER

from factory.catalog.keeper import revoking
from factory.catalog.keeper import tokens as keeper_tokens
from factory.catalog.keeper.notices import notices

DAYS = 200  # of the licence, see `sealed_now`


@pytest.fixture
def kept(tmp_path):
    made = catalogue(tmp_path, f"sqlite:///{tmp_path / 'store.db'}")
    yield made
    made.keeper.store.close()


def _kinds(kept, days):
    return [(item.kind, item.what, item.days) for item in notices(kept.keeper, dt.timedelta(days=days))]


def test_a_licence_is_told_from_its_day_on_and_not_a_day_before(kept):
    assert ("licence", LICENCE, DAYS) in _kinds(kept, DAYS)
    assert not [item for item in _kinds(kept, DAYS - 1) if item[0] == "licence"]


def test_a_token_is_told_by_the_beginning_of_its_digest_until_it_is_ended(kept):
    token = kept.token()
    (found,) = [item for item in _kinds(kept, 10_000) if item[0] == "token"]
    assert token not in found[1] and len(found[1]) == 12
    keeper_tokens.end(kept.keeper, found[1], "terminal")
    assert not [item for item in _kinds(kept, 10_000) if item[0] == "token"]


def test_the_command_says_it_a_line_each_soonest_first(kept, factory):
    words = ("--home", kept.home, "--store", kept.store_url)
    done = factory("catalog", "expiring", "--days", DAYS, *words)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == sorted(line[0] for line in lines)
    last = (today() + dt.timedelta(days=DAYS)).isoformat()
    assert [last, "licence", LICENCE, f"{NAME}@1.0.0", str(DAYS), "days", "left"] in lines
    assert factory("catalog", "expiring", "--days", 0, *words).stdout == ""


def test_what_was_revoked_ends_no_more(kept):
    revoking.revoke_licence(kept.keeper, LICENCE, OFFICER, "breach")
    assert not [item for item in _kinds(kept, 10_000) if item[0] == "licence"]
