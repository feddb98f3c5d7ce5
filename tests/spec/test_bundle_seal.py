"""The promises of a release, RL-1 to RL-4 and RL-10 of the control catalogue, through the commands."""

import shutil
import zipfile

import pytest
import yaml
from unit.candidates import OFFICER, PRODUCER, SHORTFALL, licence_value, make_run


@pytest.fixture
def made(tmp_path):
    made = make_run(
        tmp_path, review_by="2999-12-31", verdict="pass-with-shortfalls", shortfalls=[SHORTFALL], licensor="A 醫院"
    )
    made.licence.write_text(yaml.safe_dump(licence_value(licensor="A 醫院", expires="2999-12-31")))
    return made


def approve(factory, made, name):
    said = ("--accept", "UT-1", "--reason", "Not used for prediction.")
    return factory("review", "approve", made.run.root, "--as", name, "--key", made.key(name), *said)


def release(factory, made, name=OFFICER):
    return factory("release", made.run.root, "--licence", made.signed(), "--as", name, "--key", made.key(name))


def test_two_signers_neither_the_producer_release_one_digest(factory, made):
    assert approve(factory, made, PRODUCER).returncode == 50
    assert approve(factory, made, "Dr Wong").returncode == 0
    assert release(factory, made).returncode == 32
    assert approve(factory, made, "Dr Wong").returncode == 50
    assert approve(factory, made, "Dr Lau").returncode == 0
    assert release(factory, made, PRODUCER).returncode == 50
    assert release(factory, made).returncode == 0
    assert release(factory, made).returncode == 0


def test_a_bundle_carried_elsewhere_verifies_with_nothing_but_the_keys(factory, made, tmp_path):
    for name in ("Dr Wong", "Dr Lau"):
        approve(factory, made, name)
    release(factory, made)
    away = tmp_path / "away"
    away.mkdir()
    shutil.copy(made.bundle_zip, away / "wards.zip")
    shutil.copy(made.run.people, away / "people.yaml")
    shutil.rmtree(made.run.root)
    assert factory("verify", away / "wards.zip", "--trust", away / "people.yaml").returncode == 0
    with zipfile.ZipFile(away / "wards.zip") as archive:
        archive.extractall(away / "unpacked")
    assert factory("verify", away / "unpacked", "--trust", away / "people.yaml").returncode == 0
    pulled = factory(
        "pull", away / "wards.zip", "--trust", away / "people.yaml", "--out", away / "data", "--format", "csv"
    )
    assert pulled.returncode == 0, pulled.stderr
    assert (away / "data" / "data" / "patients.csv").exists()
    text = (away / "data" / "licence.txt").read_text()
    for term in ("re-identification", "No onward transfer", "Destruction", "2999-12-31", "general-research-use"):
        assert term in text


def test_a_review_nobody_answers_times_out_to_refused(factory, tmp_path):
    late = make_run(tmp_path, "late", review_by="2020-01-01")
    seen = factory("review", "show", late.run.root)
    assert seen.returncode == 0
    assert "state      refused" in seen.stdout
    assert release(factory, late).returncode == 32
    assert approve(factory, late, "Dr Wong").returncode == 50


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("verify", "{tmp}/absent.zip", "--trust", "{people}"), 20),
        (("verify", "{people}", "--trust", "{people}"), 60),
        (("verify", "{tmp}", "--trust", "{tmp}"), 20),
        (("pull", "{tmp}", "--trust", "{people}", "--out", "{tmp}/x"), 60),
        (("review", "show", "{tmp}/absent"), 32),
        (("review", "approve", "{run}", "--as", "Dr Wong", "--key", "{tmp}/absent.key"), 51),
        (("release", "{run}", "--licence", "{tmp}/absent.yaml", "--as", "x", "--key", "{key}"), 20),
        (("release", "{run}", "--licence", "{people}", "--as", "x", "--key", "{key}"), 61),
        (("audit", "verify", "{tmp}"), 32),
        (("keys", "new", "--as", "A", "--role", "reviewer", "--people", "{tmp}", "--out", "{tmp}/a.key"), 20),
        (("keys", "new", "--as", "A", "--role", "reviewer", "--people", "/proc/x/p.yaml", "--out", "{tmp}/b.key"), 20),
    ],
)
def test_a_mistake_is_a_sentence_and_an_exit_code(factory, made, tmp_path, words, code):
    places = {"tmp": tmp_path, "people": made.run.people, "run": made.run.root, "key": made.key("Dr Wong")}
    done = factory(*[word.format(**places) for word in words])
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "factory: " in done.stderr
