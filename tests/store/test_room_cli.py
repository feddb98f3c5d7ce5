"""The room from a terminal: people, accounts, candidates, its log and checkpoints of it kept elsewhere."""

import os
import subprocess
import sys

import pytest
import sqlalchemy as sa
from store.rooms import setting
from unit.candidates import PRODUCER

from factory.store import open_store


@pytest.fixture
def here(store, tmp_path):
    return setting(store, tmp_path, review_by="2099-01-01")


def run(*args, given=""):
    return subprocess.run(
        [sys.executable, "-m", "factory.cli", *map(str, args)], capture_output=True, text=True, input=given,
        env={**os.environ}, timeout=120, check=False,
    )  # fmt: skip


def test_people_accounts_and_candidates(here, store_url, tmp_path):
    at = ("--home", tmp_path, "--store", store_url)
    assert "Dr Wong: reviewer" in run("room", "people", here.made.run.people, *at).stdout
    made = run("room", "account", "Dr Wong", "--password-stdin", *at, given="a long enough password\n")
    assert made.returncode == 0 and made.stdout.startswith("otpauth://totp/"), made.stderr
    short = run("room", "account", "Dr Wong", "--password-stdin", *at, given="short\n")
    assert short.returncode == 50 and "12 to 256" in short.stderr
    assert run("room", "account", "Nobody", "--password-stdin", *at, given="x" * 20).returncode == 50
    submit = ("room", "submit", here.made.run.root, *at, "--key")
    assert run(*submit, here.made.key("Dr Wong")).returncode == 51
    assert run(*submit, here.made.key(PRODUCER)).stdout.strip() == here.digest
    assert here.digest[:12] in run("room", "list", *at).stdout
    assert run("room", "settle", *at).stdout.startswith("0 candidates")
    assert "submit, done" in run("room", "show", here.digest[:8], *at).stdout
    assert run("room", "show", "0" * 64, *at).returncode == 32
    assert run("room", "export", here.digest, "--out", tmp_path / "o", *at).returncode == 50
    assert run("room", "revoke", here.digest, "--as", "Dr Wong", "--reason", "x", *at).returncode == 50


def test_a_signed_checkpoint_kept_elsewhere_finds_a_rewritten_log(here, store_url, tmp_path):
    kept, people = tmp_path / "kept.json", here.made.run.people
    sign = ("audit", "checkpoint", "--store", store_url, "--as", "Mr Ng", "--key", here.made.key("Mr Ng"))
    assert run(*sign, "--out", kept).returncode == 0
    here.room.comment(here.digest, "Dr Wong", "Later.")
    verify = ("audit", "verify", "--store", store_url, "--checkpoint", kept)
    good = run(*verify, "--trust", people)
    assert good.returncode == 0, good.stderr
    assert run(*verify).returncode == 30  # signed, and nobody said by whom it may be
    plain = tmp_path / "plain"
    plain.write_text(run("audit", "verify", "--store", store_url).stdout)
    unsigned = ("audit", "verify", "--store", store_url, "--checkpoint", plain)
    assert run(*unsigned).returncode == 0
    assert "is not signed" in run(*unsigned, "--trust", people).stderr
    forged = tmp_path / "forged.json"
    forged.write_bytes(kept.read_bytes().replace(b'"size":', b'"size":1'))
    assert run("audit", "verify", "--store", store_url, "--checkpoint", forged, "--trust", people).returncode == 30
    store = open_store(store_url)
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE log_entries SET who = 'Mallory' WHERE number = 2"))
    broken = run("audit", "verify", "--store", store_url)
    assert broken.returncode == 30 and "Entry 2 of the audit log" in broken.stderr
    store.close()


def test_no_log_named_is_one_sentence(tmp_path):
    assert run("audit", "verify").returncode == 32
    assert run("audit", "verify", "--home", tmp_path).returncode == 32
