"""Several flows at once, Prefect and the room on one PostgreSQL: all complete, limits hold, no value is stored."""

import os

import pytest
from at_once import at_once, found_in
from operations import operating
from postgres import Postgres, programs
from small_hospital import small_hospital, what_must_not_show

FLOWS, LIMIT = 3, 2


@pytest.fixture(scope="module")
def postgres():
    if programs() is None:
        if os.environ.get("FACTORY_CI"):
            pytest.fail("CI needs postgresql")
        pytest.skip("postgresql is not installed")
    made = Postgres.make(durable=False)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def ran(postgres, tmp_path_factory):
    """The hospital, how the flows ended, and the dumped database."""
    folder = tmp_path_factory.mktemp("ten")
    hospital = small_hospital(folder / "hospital")
    with operating(folder, postgres.database("ten"), "--source-limit", LIMIT) as up:
        outcome = at_once(up, hospital, FLOWS)
        assert up.slots("source") == (0, LIMIT)
    return hospital, outcome, postgres.dump("ten")


def test_all_complete(ran):
    _, outcome, _ = ran
    print(outcome)
    assert set(outcome.states.values()) == {"COMPLETED"}


def test_as_many_stages_as_the_limit_lets_run_are_at_work_and_never_more(ran):
    _, outcome, _ = ran
    assert outcome.looks > 20
    assert outcome.slots == LIMIT
    assert outcome.stages == LIMIT


def test_neither_prefects_tables_nor_the_rooms_hold_an_identifier_or_a_text(ran):
    hospital, outcome, dump = ran
    assert "CREATE TABLE prefect.flow_run" in dump
    assert "CREATE TABLE public.log_entries" in dump
    assert all(f"/runs/{name}" in dump for name in outcome.states), "the dump holds no flow runs, and proves nothing"
    assert found_in(dump, what_must_not_show(hospital)) == set()


def test_the_search_finds_what_is_planted(ran, postgres):
    hospital, _, _ = ran
    values = what_must_not_show(hospital)
    with postgres.admin() as connection:
        connection.execute("CREATE TABLE planted (cell jsonb, text text)")
        for value in sorted(values):
            said = f"could not read {value}!"
            connection.execute("INSERT INTO planted VALUES (to_jsonb(%s::text), NULL), (NULL, %s)", [said, said])
    assert len(values) > 900
    assert found_in(postgres.dump("postgres"), values) == values
