"""What the demo leaves behind, looked at as a hospital, a reviewer and an AI team would."""

import hashlib
import io
import random
import re
import shutil
import sqlite3
import zipfile

import ahocorasick
import pandas as pd
import pytest

from factory.core.assets import shipped

LOOPBACK = re.compile(r"^socket\.\w+ (127\.\d+\.\d+\.\d+|::1|localhost|None|/.*|b'.*')$")
IDENTIFIERS = {
    "patients": [
        "mrn",
        "name_zh",
        "name_en",
        "id_number",
        "phone_mobile",
        "phone_home",
        "email",
        "address",
        "kin_name",
        "kin_phone",
    ],
    "encounters": ["attending_name", "payer_number", "device_serial", "encounter_id"],
}


def _raw(table):
    return pd.read_csv(shipped("sample_data") / "hospital" / f"{table}.csv", dtype=str, keep_default_na=False)


def _release_side(demo):
    """Every file that may be seen outside the source zone."""
    run = demo.out / "run"
    files = [path for path in (run / "release").rglob("*") if path.is_file()]
    files += [run / "run.json", run / "people.yaml", run / "audit.jsonl", demo.out / "licence.yaml"]
    files += [path for path in (demo.out / "pulled").rglob("*") if path.is_file()]
    return files + [path for path in demo.prefect.rglob("*") if path.is_file()]


def _texts(name, data):
    """The text in a file: as it stands, in each cell of a Parquet table, in each member of a zip."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from _texts(member, archive.read(member))
    if name.endswith(".parquet"):
        frame = pd.read_parquet(io.BytesIO(data))
        yield "\n".join(str(value) for column in frame for value in frame[column].dropna().unique())
    yield data.decode("utf-8", errors="ignore")


def _normal(text):
    return re.sub(r"[^\w@]", "", text).casefold()


def _hits(needles, text):
    """Needles found in `text` that are not a part of a longer run of letters or digits."""
    for end, needle in needles.iter(text):
        start = end - len(needle) + 1
        around = text[max(0, start - 1) : start] + text[end + 1 : end + 2]
        if not needle.isascii() or not re.search(r"[0-9A-Za-z]", around):
            yield needle


def _bundle(out):
    """The folder of the one bundle."""
    (found,) = (path for path in (out / "run" / "release" / "bundles").iterdir() if path.is_dir())
    return found


def _automaton(values):
    made = ahocorasick.Automaton()
    for value in values:
        made.add_word(value, value)
    made.make_automaton()
    return made


def test_it_prints_where_things_are_and_five_lines(demo):
    head, _, summary = demo.stdout.partition("\n\n")
    assert [line.split()[0] for line in head.splitlines()] == ["dossier", "bundle", "tables"]
    assert len(summary.strip().splitlines()) == 5
    assert "AI team" in summary
    print(summary)


def test_the_pulled_tables_load_and_hold_together(demo):
    patients, encounters = (
        pd.read_parquet(next((demo.out / "pulled").rglob(f"{t}.parquet"))) for t in ("patients", "encounters")
    )
    assert patients.patient_id.is_unique
    assert len(patients) == 1400
    assert encounters.patient_id.isin(patients.patient_id).all()
    assert (encounters.discharged_day < encounters.admitted_day).sum() == 0
    assert ((encounters.discharged_day - encounters.admitted_day) == encounters.time_in_hospital).all()


def test_no_identifier_of_the_sample_is_found_anywhere(demo):
    values = {v for table, columns in IDENTIFIERS.items() for c in columns for v in _raw(table)[c] if len(v) > 1}
    assert len(values) > 15_000
    exact, normal = _automaton(values), _automaton({_normal(v) for v in values if len(_normal(v)) > 1})
    found = {}
    for path in _release_side(demo):
        for text in _texts(path.name, path.read_bytes()):
            hits = list(_hits(exact, text)) + list(_hits(exact, text.casefold()))
            tokens = "\n".join(_normal(token) for token in re.split(r"[\s\"<>=,]+", text))
            hits += list(_hits(normal, tokens))
            if hits:
                found[path.name] = len(set(hits))
    assert found == {}


def test_the_search_would_find_one(demo):
    phone = next(v for v in _raw("patients").phone_mobile if v)
    needles = _automaton({phone})
    assert list(_hits(needles, f'{{"x": "{phone}"}}'))
    assert list(_hits(_automaton({_normal(phone)}), _normal(f"{phone[:4]}-{phone[4:]}")))


def test_no_birth_or_admission_date_is_in_the_tables(demo):
    dates = {v[:10] for t, c in (("patients", "birth_date"), ("encounters", "admitted_at")) for v in _raw(t)[c]}
    tables = sorted((_bundle(demo.out) / "data").glob("*.parquet"))
    assert len(tables) == 2
    for path in tables:
        frame = pd.read_parquet(path)
        cells = {str(value) for column in frame for value in frame[column].dropna().unique()}
        assert not dates & {cell[:10] for cell in cells}
        assert not [cell for cell in cells if re.search(r"\d{4}-\d{2}-\d{2}", cell)]


def test_no_address_but_loopback_is_tried(demo):
    tried = demo.addresses.read_text().splitlines()
    assert tried, "the hook wrote nothing, so it proves nothing"
    assert [line for line in tried if not LOOPBACK.match(line)] == []


def test_prefects_database_knows_the_runs_and_no_seed(demo):
    with sqlite3.connect(demo.prefect / "prefect.db") as database:
        flows = {name for (name,) in database.execute("select name from flow")}
        states = {state for (state,) in database.execute("select state_type from flow_run")}
        parameters = " ".join(str(row) for row in database.execute("select parameters from flow_run"))
    assert {"produce", "release"} <= flows
    assert states == {"COMPLETED"}
    assert "seed" not in parameters


def test_the_dossier_loads_nothing(demo):
    page = (_bundle(demo.out) / "dossier.html").read_text()
    assert not re.search(r"<script|<link|@import|src=|url\(", page)


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_one_changed_byte_is_refused(form, demo, factory, tmp_path):
    dice = random.Random(form)
    if form == "zip":
        target = bundle = tmp_path / "bundle.zip"
        shutil.copy(_bundle(demo.out).with_suffix(".zip"), bundle)
    else:
        bundle = tmp_path / "bundle"
        shutil.copytree(_bundle(demo.out), bundle)
        target = dice.choice(sorted(path for path in bundle.rglob("*") if path.is_file()))
    trust = demo.out / "people.yaml"
    assert factory("verify", bundle, "--trust", trust).returncode == 0
    data = bytearray(target.read_bytes())
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    target.write_bytes(data)
    done = factory("verify", bundle, "--trust", trust)
    assert done.returncode == 60, done.stderr
    assert "Traceback" not in done.stderr


def test_plain_and_prefect_give_the_same_bytes(demo, factory, tmp_path):
    done = factory("demo", "--out", tmp_path / "plain", "--plain")
    assert done.returncode == 0, done.stderr

    def digests(out):
        data = _bundle(out) / "data"
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in data.iterdir()}

    assert digests(tmp_path / "plain") == digests(demo.out)
    assert done.stdout.partition("\n\n")[2] == demo.stdout.partition("\n\n")[2]
