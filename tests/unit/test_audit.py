import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.audit import Act, Outcome, append, merkle, read, repair, verify
from factory.audit.proof import Proof, prove
from factory.core.errors import RunError
from factory.core.files import sha256_bytes

SEEDED = settings(derandomize=True, deadline=None, max_examples=60)


def subject(number: int) -> str:
    return sha256_bytes(str(number).encode())


def make_log(path, size: int):
    for number in range(size):
        append(path, "Dr Wong", Act.CHECK, subject(number), Outcome.DONE)
    return path


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH, word for word after RFC 6962 section 2.1."""
    if len(leaves) == 1:
        return merkle.leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(tree_hash(leaves[:split]), tree_hash(leaves[split:]))


def test_roots_are_those_of_the_rfc():
    vectors = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    leaves = [merkle.leaf_hash(bytes.fromhex(vector)) for vector in vectors]
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.root(leaves[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.root(leaves[:3]).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert merkle.root(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@SEEDED
@given(st.integers(1, 70), st.data())
def test_each_leaf_is_proven_and_nothing_else_is(size, data):
    entries = [bytes([number]) for number in range(size)]
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    root = merkle.root(leaves)
    assert root == tree_hash(entries)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_proof(leaves, index)
    assert merkle.included(leaves[index], index, size, path, root)
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert not merkle.included(leaves[other], index, size, path, root)
        assert not merkle.included(leaves[index], other, size, path, root)
    assert not merkle.included(leaves[index], index, size, [*path, root], root)
    assert not merkle.included(leaves[index], index + size, size, path, root)
    if path:
        assert not merkle.included(leaves[index], index, size, path[:-1], root)


def test_the_root_of_each_line_is_that_of_the_tree_so_far(tmp_path):
    path = make_log(tmp_path / "audit.jsonl", 20)
    entries = read(path)
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        assert json.loads(line)["root"] == merkle.root([entry.leaf() for entry in entries[:number]]).hex()


def test_the_same_act_twice_in_a_row_is_one_entry(tmp_path):
    path = tmp_path / "audit.jsonl"
    for number in (1, 1, 2, 1):
        append(path, "Dr Wong", Act.VOTE, subject(number), Outcome.DONE)
    append(path, "Dr Lau", Act.VOTE, subject(1), Outcome.DONE)
    assert [entry.number for entry in read(path)] == [1, 2, 3, 4]


@SEEDED
@given(st.data())
def test_any_altered_byte_is_found_and_its_entry_named(tmp_path_factory, data):
    path = make_log(tmp_path_factory.mktemp("log") / "audit.jsonl", 6)
    original = path.read_bytes()
    at = data.draw(st.integers(0, len(original) - 1))
    changed = bytearray(original)
    changed[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(changed)
    number = original[:at].count(b"\n") + 1
    with pytest.raises(RunError, match=f"Entry {number} of the audit log"):
        verify(path)


@pytest.mark.parametrize("number", [1, 3, 6])
def test_a_dropped_or_moved_entry_is_named(tmp_path, number):
    path = make_log(tmp_path / "audit.jsonl", 7)
    lines = path.read_bytes().splitlines(keepends=True)
    dropped, moved = lines.copy(), lines.copy()
    del dropped[number - 1]
    moved[number - 1], moved[number] = moved[number], moved[number - 1]
    for changed in (dropped, moved):
        path.write_bytes(b"".join(changed))
        with pytest.raises(RunError, match=f"Entry {number} of the audit log"):
            verify(path)


def test_an_entry_rewritten_with_its_hashes_breaks_the_next(tmp_path):
    path = make_log(tmp_path / "audit.jsonl", 5)
    lines = path.read_bytes().splitlines(keepends=True)
    forged = tmp_path / "forged.jsonl"
    forged.write_bytes(b"".join(lines[:2]))
    append(forged, "Mallory", Act.CHECK, subject(2), Outcome.DONE)
    path.write_bytes(forged.read_bytes() + b"".join(lines[3:]))
    with pytest.raises(RunError, match=r"Entry 4 of"):
        verify(path)


def test_a_checkpoint_shows_that_the_tail_was_cut_or_all_rewritten(tmp_path):
    path = make_log(tmp_path / "audit.jsonl", 5)
    checkpoint = verify(path)
    lines = path.read_bytes().splitlines(keepends=True)
    append(path, "Dr Lau", Act.CHECK, subject(9), Outcome.DONE)
    verify(path, checkpoint + "\n")
    path.write_bytes(b"".join(lines[:3]))
    verify(path)
    with pytest.raises(RunError, match=r"Entry 4 of the audit log is missing"):
        verify(path, checkpoint)
    path.unlink()
    make_log(path, 4)
    append(path, "Mallory", Act.CHECK, subject(4), Outcome.DONE)
    with pytest.raises(RunError, match=r"Entries 1 to 5"):
        verify(path, checkpoint)
    for nonsense in ("", "5", "x:" + "0" * 64, "²:" + "0" * 64, "9" * 5000 + ":" + "0" * 64):
        if nonsense:
            with pytest.raises(RunError, match=r"size:root"):
                verify(path, nonsense)


def test_a_torn_last_line_is_reported_and_repaired_by_the_next_act(tmp_path):
    path = make_log(tmp_path / "audit.jsonl", 4)
    whole = path.read_bytes()
    last = len(whole) - len(whole.splitlines(keepends=True)[-1])
    for cut in range(last + 1, len(whole)):
        path.write_bytes(whole[:cut])
        with pytest.raises(RunError, match=r"Entry 4 of the audit log is cut short"):
            verify(path)
        repair(path)
        assert path.read_bytes() == whole[:last]
    path.write_bytes(whole[:-1])
    append(path, "Dr Wong", Act.CHECK, subject(3), Outcome.DONE)
    assert [entry.subject for entry in read(path)] == [subject(number) for number in range(4)]


def test_a_log_whose_first_line_is_torn_begins_again(tmp_path):
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b'{"entry":{"act"')
    append(path, "Dr Wong", Act.CHECK, subject(0), Outcome.DONE)
    assert len(read(path)) == 1


@pytest.mark.parametrize("tail", [b"{}\n", b"\n", b"\xff\n", b"[" * 9000 + b"\n", b"x" * 10**6])
def test_nothing_is_added_to_a_damaged_log(tmp_path, tail):
    path = make_log(tmp_path / "audit.jsonl", 2)
    path.write_bytes(path.read_bytes() + tail)
    before = path.read_bytes()
    with pytest.raises(RunError):
        append(path, "Dr Wong", Act.CHECK, subject(0), Outcome.DONE)
    assert path.read_bytes() == before


def test_a_proof_holds_for_what_was_logged_and_no_other_entry(tmp_path):
    entries = read(make_log(tmp_path / "audit.jsonl", 11))
    proof = prove(entries, {subject(3), subject(10)})
    assert proof.holds()
    assert [item.entry.number for item in proof.entries] == [4, 11]
    forged = proof.entries[0].entry.model_copy(update={"who": "Mallory"})
    changed = [proof.entries[0].model_copy(update={"entry": forged}), proof.entries[1]]
    assert not Proof(size=proof.size, root=proof.root, entries=tuple(changed)).holds()
    assert not Proof(size=proof.size, root=proof.root, entries=proof.entries[::-1]).holds()


WRITER = """
import sys
from pathlib import Path
from factory.audit import Act, Outcome, append
from factory.core.files import sha256_bytes
print("ready", flush=True)
for number in range(100_000):
    append(Path(sys.argv[1]), sys.argv[2], Act.CHECK, sha256_bytes(str(number).encode()), Outcome.DONE)
"""


def test_two_processes_killed_while_writing_leave_a_log_that_goes_on(tmp_path):
    path = tmp_path / "audit.jsonl"
    dice = random.Random(7)
    for _ in range(3):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(path), who], stdout=subprocess.PIPE)
            for who in ("Dr Wong", "Dr Lau")
        ]
        for writer in writers:
            writer.stdout.readline()
        time.sleep(dice.uniform(0.05, 0.3))
        for writer in writers:
            os.kill(writer.pid, signal.SIGKILL)
            writer.wait()
            writer.stdout.close()
        append(path, "Dr Ho", Act.CHECK, subject(0), Outcome.DONE)
        entries = read(path)
        assert len(entries) > 2
        assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))


def test_the_command_proves_a_log_against_a_checkpoint(tmp_path, factory):
    make_log(tmp_path / "audit.jsonl", 3)
    done = factory("audit", "verify", tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("3:")
    (tmp_path / "checkpoint").write_text(done.stdout)
    (tmp_path / "audit.jsonl").write_bytes(b"")
    again = factory("audit", "verify", tmp_path, "--checkpoint", tmp_path / "checkpoint")
    assert again.returncode == 30
    assert "Entry 1" in again.stderr
    assert factory("audit", "verify", tmp_path / "nowhere").returncode == 32
    make_log(tmp_path / "audit.jsonl", 3)
    assert len(factory("audit", "show", tmp_path).stdout.splitlines()) == 3
