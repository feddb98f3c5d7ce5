import datetime as dt
import itertools
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

import factory.store
from factory.audit import Act, Outcome, merkle
from factory.core.errors import RunError, StorageError
from factory.store import Store, log, open_store
from factory.store.schema import metadata

NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def fill(store, count, start=0):
    for number in range(start, start + count):
        with store.writing() as connection:
            log.append(connection, f"Dr {number % 3}", Act.VOTE, f"{number:064x}", Outcome.DONE, NOW)


def change(store, statement):
    with store.writing() as connection:
        connection.execute(sa.text(statement))


def test_entries_come_back_newest_first_and_the_log_proves_itself(store):
    fill(store, 7)
    with store.reading() as connection:
        shown, total = log.entries(connection, limit=2, offset=1)
        assert total == 7 and [entry.number for entry in shown] == [6, 5]
        mine, count = log.entries(connection, subjects=[f"{3:064x}"])
        assert count == 1 and mine[0].number == 4
        assert log.checkpoint(connection) == log.verify(store)


def test_an_act_that_fails_leaves_no_entry(store):
    fill(store, 2)
    with pytest.raises(ZeroDivisionError), store.writing() as connection:
        log.append(connection, "Dr 0", Act.VOTE, "a" * 64, Outcome.DONE, NOW)
        raise ZeroDivisionError
    assert log.verify(store).startswith("2:")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE log_entries SET who = 'Mallory' WHERE number = 4", "Entry 4 .* is not as it was written"),
        ("UPDATE log_entries SET at = '2020-01-01T00:00:00Z' WHERE number = 1", "Entry 1 "),
        ("UPDATE log_entries SET outcome = 'no such thing' WHERE number = 6", "Entry 6 "),
        ("UPDATE log_entries SET root = subject WHERE number = 5", "Entry 5 "),
        ("DELETE FROM log_entries WHERE number = 3", "Entry 3 .* missing or out of order"),
        ("DELETE FROM log_entries WHERE number = 6", "Entry 6 "),
        (
            "INSERT INTO log_entries SELECT 7, at, who, act, subject, outcome, root FROM log_entries WHERE number = 6",
            "Entry 7 ",
        ),
        ("UPDATE log_entries SET number = 9 WHERE number = 6", "Entry 6 .* missing or out of order"),
        ("UPDATE log_head SET size = 5", "Entry 6 "),
        (f"UPDATE log_head SET root = '{'0' * 64}'", "is not as it was written"),
        ("DELETE FROM log_head", "is not as it was written"),
    ],
)
def test_what_was_tampered_with_is_found_and_named(store, statement, said):
    fill(store, 6)
    change(store, statement)
    with pytest.raises(RunError, match=said):
        log.verify(store)


def test_what_is_not_even_text_is_found_and_named(store):
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps nothing but text in a column of text")
    fill(store, 3)
    change(store, "UPDATE log_entries SET who = x'ff00' WHERE number = 2")
    with pytest.raises(RunError, match="Entry 2 "):
        log.verify(store)


def test_without_its_head_the_log_takes_nothing_in_and_says_so(store):
    change(store, "DELETE FROM log_head")
    with pytest.raises(RunError, match="lost its head"):
        fill(store, 1)
    with pytest.raises(RunError, match="lost its head"), store.reading() as connection:
        log.checkpoint(connection)


def test_leaves_are_those_of_the_entries_themselves(store):
    with store.writing() as connection:
        made = [
            log.append(connection, who, Act.SIGN_IN, "a" * 64, Outcome.REFUSED, NOW)
            for who in ("陳大文", 'O\'Brien "x"', "back\\slash", "😀é")
        ]
    tree = merkle.root([entry.leaf() for entry in made]).hex()
    assert log.verify(store) == f"{len(made)}:{tree}"


def test_a_log_that_grows_while_it_is_read_is_no_broken_log(store):
    fill(store, 5)
    done = threading.Event()

    def write():
        for number in itertools.count(100):
            if done.is_set():
                return
            fill(store, 1, start=number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(60):
            log.verify(store)
    finally:
        done.set()
        writer.join()


def test_migrations_make_the_tables_that_the_code_knows(store):
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_store_of_each_version_is_brought_up_with_what_is_in_it(store_url):
    first = _at_version(store_url, "0001")
    fill(first, 3)
    kept = log.verify(first)
    first.close()
    again = open_store(store_url)
    assert log.verify(again) == kept
    again.close()


def _at_version(url, version):
    engine = open_store(url).engine
    config = Config()
    config.set_main_option("script_location", str(Path(factory.store.__file__).parent / "migrations"))
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(sa.text(f"DROP TABLE {table.name}"))
        connection.execute(sa.text("DROP TABLE alembic_version"))
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    return Store(engine)


def test_two_entries_swapped_are_found(store):
    fill(store, 6)
    for statement in ("number = 99 WHERE number = 2", "number = 2 WHERE number = 3", "number = 3 WHERE number = 99"):
        change(store, f"UPDATE log_entries SET {statement}")
    with pytest.raises(RunError, match="Entry 2 "):
        log.verify(store)


def test_a_log_rewritten_whole_is_found_by_a_checkpoint_kept_elsewhere(store, tmp_path):
    fill(store, 5)
    kept = log.verify(store)
    fill(store, 3, start=5)
    assert log.verify(store, kept).startswith("8:")
    forged = open_store(f"sqlite:///{tmp_path / 'forged.db'}")
    fill(forged, 8, start=100)
    assert log.verify(forged).startswith("8:")
    with pytest.raises(RunError, match="not those of the checkpoint"):
        log.verify(forged, kept)
    with pytest.raises(RunError, match="the checkpoint counts 9"):
        log.verify(forged, "9:" + "a" * 64)
    with pytest.raises(RunError, match="size:root"):
        log.verify(forged, "nonsense")


def test_proofs_hold_against_the_root(store):
    fill(store, 13)
    with store.reading() as connection:
        proof = log.prove(connection, {f"{number:064x}" for number in (0, 5, 12)})
        assert proof.holds() and len(proof.entries) == 3
        assert f"{proof.size}:{proof.root}" == log.checkpoint(connection)


def test_many_writers_at_once_make_one_order(store):
    def write(who):
        for number in range(10):
            with store.writing() as connection:
                log.append(connection, f"W{who}", Act.COMMENT, f"{who * 100 + number:064x}", Outcome.DONE, NOW)

    threads = [threading.Thread(target=write, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.verify(store).startswith("80:")


def test_consistency_proofs_are_those_of_the_definition():
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(20)]
    for new, old in itertools.product(range(1, 21), range(1, 21)):
        if old > new:
            continue
        proof = merkle.consistency_proof(leaves[:new], old)
        roots = merkle.root(leaves[:old]), merkle.root(leaves[:new])
        assert merkle.consistent(old, roots[0], new, roots[1], proof)
        assert not merkle.consistent(old, merkle.leaf_hash(b"x"), new, roots[1], proof)
        if proof:
            assert not merkle.consistent(old, roots[0], new, roots[1], proof[:-1])
            assert not merkle.consistent(old, roots[0], new, roots[1], [*proof[:-1], b"\0" * 32])


def test_a_store_of_a_newer_version_or_elsewhere_is_one_sentence(store, store_url, tmp_path):
    change(store, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="newer version"):
        open_store(store_url)
    for url in ("mysql://u:secret@h/d", "sqlite://", "nonsense", "postgresql://u:secret@127.0.0.1:1/none"):
        with pytest.raises(StorageError) as error:
            open_store(url)
        assert "secret" not in str(error.value)
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError):
        open_store(f"sqlite:///{tmp_path / 'file' / 'room.db'}")


def test_two_processes_that_open_a_fresh_store_at_once_make_it_once(store_url, python):
    text = "import sys\nfrom factory.store import open_store\nopen_store(sys.argv[1])\nprint('ok')"
    started = [python(text, store_url) for _ in range(4)]
    for process in started:
        out, problem = process.communicate(timeout=60)
        assert out.strip() == "ok", problem
