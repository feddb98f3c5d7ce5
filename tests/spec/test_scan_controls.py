"""SH-A to SH-R, SH-LINK, SH-CANARY: a clean release passes; what breaks it fails its own control, and no other."""

import gzip
import hashlib
import hmac
import json
import sqlite3
import zipfile

import numpy as np
import pandas as pd
import pytest

from factory.contract import IdentifierClass as Is
from factory.scan import Options, scan
from factory.scan.allow import Allowed
from factory.scan.canary import canary_pack, leaks
from factory.scan.controls import Verdict, controls
from factory.scan.index import SourceIndex

ROWS = 60
HELD_KEY = b"a key that the source zone holds"
SOURCE = [
    ("Quillfeather Thornby", Is.NAME),
    ("歐陽秀蘭", Is.NAME),
    ("LEUNG Ka Wai", Is.NAME),
    ("HN48210933", Is.MRN),
    ("61234578", Is.PHONE),
    ("Z683365(5)", Is.NATIONAL_ID),
    ("thornby77@example.org", Is.EMAIL),
    ("SN-7XQ2RRT9K", Is.DEVICE),
    ("Flat B, 14/F, Block 3, Larkmoor Court, Bayview Road", Is.ADDRESS),
    ("江苏省苏州市虎丘区青年路863号东方雅苑9栋302室", Is.ADDRESS),
]


@pytest.fixture(scope="module")
def index():
    return SourceIndex.build(SOURCE, [(1951, 7, 4)], (HELD_KEY,))


def patients():
    dice = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "patient_id": np.arange(1, ROWS + 1),
            "sex": dice.choice(["F", "M"], ROWS),
            "birth_year": dice.integers(1918, 1990, ROWS),
            "id_type": dice.choice(["HKID", "CNID", "PASSPORT"], ROWS),
            "zip3": dice.choice(["100", "454", "000"], ROWS),
        }
    )


def encounters():
    dice = np.random.default_rng(6)
    return pd.DataFrame(
        {
            "encounter_id": np.arange(1, ROWS + 1),
            "patient_id": dice.integers(1, ROWS + 1, ROWS),
            "admitted_year": dice.integers(1999, 2009, ROWS),
            "admitted_day": dice.integers(0, 1700, ROWS),
            "age": dice.choice(["[60-70)", "[80-90)", "90+"], ROWS),
            "ward": dice.choice(["Medical A", "Emergency Short Stay", "内分泌科"], ROWS),
            "diag_1": dice.choice(["250.83", "V57", "800-999", "428", "E885"], ROWS),
            "creatinine": dice.normal(88, 20, ROWS).round(2),
        }
    )


def release(folder, of_patients=None, of_encounters=None):
    folder.mkdir()
    (of_patients if of_patients is not None else patients()).to_parquet(folder / "patients.parquet")
    (of_encounters if of_encounters is not None else encounters()).to_csv(folder / "encounters.csv", index=False)
    figures = {"auc": 0.5193482, "rows": 1400, "bytes": 55278, "versions": {"numpy": "2.4.6"}, "period": "1999-2008"}
    (folder / "figures.json").write_text(json.dumps(figures))
    (folder / "dossier.html").write_text(
        '<!doctype html><html lang="en"><title>Dossier</title>'
        "<p>Fidelity 0.97 (95% interval 0.95 to 0.98), 45 CFR 164.514(b)(2)"
        "<table><tr><td>Medical A<td>1,204<td>88.5</table>"
        '<svg viewBox="0 0 720 300"><path d="M12.5 33 98.41 18.20"/></svg></html>'
    )
    with sqlite3.connect(folder / "counts.sqlite") as base:
        base.execute("CREATE TABLE counts (ward TEXT, people INTEGER)")
        base.executemany("INSERT INTO counts VALUES (?, ?)", [("Medical A", 31), ("内分泌科", 29)])
    base.close()
    return folder


def judged(folder, index=None, **options):
    report = scan([folder], Options(index=index, **options))
    return report, {control.id: control for control in controls(report)}


def failed(folder, index=None):
    return sorted(id_ for id_, control in judged(folder, index)[1].items() if control.verdict is Verdict.FAIL)


def test_a_clean_release_passes_and_what_software_cannot_see_is_asked_for(tmp_path, index):
    report, by_id = judged(release(tmp_path / "out"), index)
    assert report.clean, report.findings
    asked = {"SH-P", "SH-Q", "SH-CANARY"}
    assert {id_ for id_, control in by_id.items() if control.verdict is Verdict.ATTEST} == asked
    assert {id_ for id_, control in by_id.items() if control.verdict is Verdict.PASS} == set(by_id) - asked
    assert set(by_id) == {f"SH-{letter}" for letter in "ABCDEFGHIJKLMNOPQR"} | {"SH-LINK", "SH-CANARY"}
    assert by_id["SH-B"].figures["zip3_table"]["vintage"].startswith("2000 and 2010")
    assert not report.unread


IN_A_CELL = [
    ("SH-A", "Dr Margaret Fairbrother"),
    ("SH-A", "联系人：关家豪，"),
    ("SH-A", "SZETO Wing Sze"),
    ("SH-B", "Dayton, OH 45419"),
    ("SH-B", "福榮街27號"),
    ("SH-B", "Kowloon"),
    ("SH-B", "苏州市"),
    ("SH-C", "2003-05-17"),
    ("SH-C", "17 May 2003"),
    ("SH-C", "二〇〇三年五月十七日"),
    ("SH-C", "民國92年5月17日"),
    ("SH-C", "２００３／０５／１７"),
    ("SH-C", "20030517"),
    ("SH-C", "May 2003"),
    ("SH-C", "93 years old"),
    ("SH-C", "九十三岁"),
    ("SH-D", "6123 9876"),
    ("SH-D", "+852 61239876"),
    ("SH-D", "138 0013 8000"),
    ("SH-D", "(802) 555-0147"),
    ("SH-D", "电话：０５１２－６５２２１１３３"),
    ("SH-E", "fax 2802 1133"),
    ("SH-F", "anna.b@example.com"),
    ("SH-F", "anna at example dot com"),
    ("SH-F", "anna＠example.com"),
    ("SH-G", "512-34-6789"),
    ("SH-G", "A123456(3)"),
    ("SH-G", "ab987654(3)"),
    ("SH-G", "Ａ１２３４５６（３）"),
    ("SH-G", "11010519491231002X"),
    ("SH-G", "110105 19491231 002X"),
    ("SH-G", "护照号 E12345678"),
    ("SH-H", "MRN 4821093"),
    ("SH-H", "病案号：4821093"),
    ("SH-I", "policy no. HX-99812-3"),
    ("SH-J", "6222 0212 3456 7894"),
    ("SH-J", "银行账号 40023311"),
    ("SH-K", "driving licence D4411982"),
    ("SH-L", "粤B·12345"),
    ("SH-L", "車牌 KT 4471"),
    ("SH-L", "1M8GDM9AXKP042788"),
    ("SH-M", "pump serial SN-7XQ2-88"),
    ("SH-M", "(01)00844588003288"),
    ("SH-N", "https://people.example.com/anna"),
    ("SH-O", "10.24.9.18"),
    ("SH-O", "fe80::1ff:fe23:4567:890a"),
    ("SH-O", "00:1B:44:11:3A:B7"),
    ("SH-R", "9f2c4a7be01d4c5f8a6b3d2e1f0a9b8c"),
    ("SH-R", "550e8400-e29b-41d4-a716-446655440000"),
    ("SH-R", "微信号 wx_anna_77"),
]


@pytest.mark.parametrize(("control", "value"), IN_A_CELL)
def test_one_cell_is_enough(tmp_path, control, value):
    frame = encounters()
    frame.loc[7, "ward"] = value
    assert failed(release(tmp_path / "out", of_encounters=frame)) == [control]


def in_json(folder):
    (folder / "figures.json").write_text(json.dumps({"rows": 3, "notes": [{"remark": "seen 17 May 2003"}]}))


def in_json_key(folder):
    (folder / "figures.json").write_text(json.dumps({"by patient": {"anna.b@example.com": 3}}))


def in_html_text(folder):
    (folder / "dossier.html").write_text("<html><p>Call the <b>patient</b> on 9123 4567.</p></html>")


def in_html_attribute(folder):
    (folder / "dossier.html").write_text('<html><img alt="A123456(3)" src="x.svg"></html>')


def in_html_comment(folder):
    (folder / "dossier.html").write_text("<html><!-- made for Mrs Whitcombe --><p>x</p></html>")


def in_file_name(folder):
    (folder / "export_20030517.txt").write_text("nothing here")


def in_folder_name(folder):
    (folder / "ward_MRN4821093").mkdir()
    (folder / "ward_MRN4821093" / "a.txt").write_text("nothing here")


def in_sqlite(folder):
    with sqlite3.connect(folder / "counts.sqlite") as base:
        base.execute("INSERT INTO counts VALUES ('anna.b@example.com', 1)")
    base.close()


def in_zip(folder):
    with zipfile.ZipFile(folder / "bundle.zip", "w") as archive:
        archive.writestr("inner.csv", "ward,n\nMedical A,3\n+852 6123 9876,4\n")


def in_gzip(folder):
    (folder / "log.txt.gz").write_bytes(gzip.compress(b"started\nfrom 10.24.9.18 port 22\n"))


def in_utf16(folder):
    (folder / "memo.txt").write_bytes("联系电话：13800138000".encode("utf-16"))


def in_gb18030(folder):
    (folder / "memo.csv").write_bytes("科室,备注\n内科,病人住在苏州市姑苏区解放路118号\n".encode("gb18030"))


def in_big5(folder):
    (folder / "memo.txt").write_bytes(
        "病人於二〇〇三年五月十七日入院，病情平穩，沒有發燒。".encode("big5hkscs", "ignore")
    )


def in_xml(folder):
    (folder / "a.xml").write_text("<row><mrn>48210933</mrn></row>")


def in_jsonl(folder):
    (folder / "a.jsonl").write_text('{"n": 1, "ward": "A"}\n{"n": 2, "ward": "512-34-6789"}\n')


def in_bytes(folder):
    (folder / "model.bin").write_bytes(b"\x00\x01\x02" * 50 + b"owner anna.b@example.com" + b"\x00\xff" * 50)


def in_parquet_metadata(folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(patients()).replace_schema_metadata({"made_by": "anna.b@example.com"})
    pq.write_table(table, folder / "patients.parquet")


def in_column_name(folder):
    patients().rename(columns={"id_type": "seen 17 May 2003"}).to_parquet(folder / "patients.parquet")


@pytest.mark.parametrize(
    ("plant", "control"),
    [
        (in_json, "SH-C"),
        (in_json_key, "SH-F"),
        (in_html_text, "SH-D"),
        (in_html_attribute, "SH-G"),
        (in_html_comment, "SH-A"),
        (in_file_name, "SH-C"),
        (in_folder_name, "SH-H"),
        (in_sqlite, "SH-F"),
        (in_zip, "SH-D"),
        (in_gzip, "SH-O"),
        (in_utf16, "SH-D"),
        (in_gb18030, "SH-B"),
        (in_big5, "SH-C"),
        (in_xml, "SH-H"),
        (in_jsonl, "SH-G"),
        (in_bytes, "SH-F"),
        (in_parquet_metadata, "SH-F"),
        (in_column_name, "SH-C"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_wherever_it_stands(tmp_path, plant, control):
    folder = release(tmp_path / "out")
    plant(folder)
    assert failed(folder) == [control]


def column(name, values, table="patients"):
    def plant(folder):
        frame = patients() if table == "patients" else encounters()
        frame[name] = values(len(frame)) if callable(values) else values
        if table == "patients":
            frame.to_parquet(folder / "patients.parquet")
        else:
            frame.to_csv(folder / "encounters.csv", index=False)

    plant.__name__ = name
    return plant


def numbers(low, high):
    return lambda rows: np.random.default_rng(9).integers(low, high, rows)


def codes(rows):
    dice = np.random.default_rng(10)
    return ["".join(dice.choice(list("BCDFGHJK23456789"), 9)) for _ in range(rows)]


@pytest.mark.parametrize(
    ("plant", "control"),
    [
        (column("zip3", "036"), "SH-B"),
        (column("zip3", lambda n: [36, *[100] * (n - 1)]), "SH-B"),
        (column("zip", "45419"), "SH-B"),
        (column("city", "Dayton"), "SH-B"),
        (column("district", "沙田"), "SH-B"),
        (column("postcode", numbers(100000, 999999)), "SH-B"),
        (column("age", 93, "encounters"), "SH-C"),
        (column("age", "[90-100)", "encounters"), "SH-C"),
        (column("birth_year", lambda n: [1901, *[1950] * (n - 1)]), "SH-C"),
        (column("month", lambda n: [1 + at % 12 for at in range(n)], "encounters"), "SH-C"),
        (column("seen", pd.Timestamp("2003-05-17")), "SH-C"),
        (column("seen", numbers(20030101, 20030131)), "SH-C"),
        (column("contact", numbers(60000000, 69999999)), "SH-D"),
        (column("code", codes), "SH-R"),
        (column("record_number", numbers(4000000, 4900000)), "SH-R"),
        (column("kin", ["关家豪", "何秀英", "叶国华"] * 20), "SH-A"),
        (column("first_name", ["Priya", "Margaret", "Luis"] * 20), "SH-A"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_columns_are_judged_whole(tmp_path, plant, control):
    folder = release(tmp_path / "out")
    plant(folder)
    assert failed(folder) == [control]


def test_an_age_and_a_year_that_make_a_person_too_old(tmp_path):
    frame = encounters()[["patient_id", "admitted_year"]].assign(patient_id=7, admitted_year=1999, age=88)
    frame.loc[3, ["admitted_year", "age"]] = [2008, 89]
    folder = release(tmp_path / "out")
    frame.to_csv(folder / "visits.csv", index=False)
    assert failed(folder) == ["SH-C"]


FROM_THE_SOURCE = [
    "quillfeather  THORNBY",
    "Thornby, Quillfeather",
    "thornby-quillfeather",
    "Ｑｕｉｌｌｆｅａｔｈｅｒ Ｔｈｏｒｎｂｙ",
    "欧阳秀兰",
    "歐 陽 秀 蘭",
    "Ouyang Xiulan",
    "Ka Wai LEUNG",
]


@pytest.mark.parametrize("value", FROM_THE_SOURCE)
def test_link_a_name_of_the_source_in_any_spelling(tmp_path, index, value):
    frame = encounters()
    frame.loc[7, "ward"] = value
    assert "SH-LINK" in failed(release(tmp_path / "out", of_encounters=frame), index)


@pytest.mark.parametrize(
    "value",
    [
        "hn4821-0933",
        "48210933",
        "6123.4578",
        "z 683365 5",
        "THORNBY77 (at) example.org",
        "7xq2rrt9k",
        "1951/07/04",
        "4 July 1951",
        "x, 14/F, block 3, Larkmoor Court, Bayview",
        "虎丘區青年路863號東方",
    ],
)
def test_link_numbers_and_addresses_of_the_source(tmp_path, index, value):
    (release(tmp_path / "out") / "memo.txt").write_text(f"Row 3 of the table: {value} and so on.\n")
    assert "SH-LINK" in failed(tmp_path / "out", index)


def test_link_alone_fails_where_no_rule_knows_the_name(tmp_path, index):
    frame = encounters()
    frame.loc[7, "ward"] = "quillfeather thornby"
    assert failed(release(tmp_path / "out", of_encounters=frame), index) == ["SH-LINK"]


def digest(kind, text="HN48210933"):
    if kind == "hmac":
        return hmac.new(HELD_KEY, text.encode(), hashlib.sha256).hexdigest()
    return hashlib.new(kind, text.encode()).hexdigest()


@pytest.mark.parametrize("kind", ["md5", "sha1", "sha256", "sha512", "blake2b", "hmac"])
@pytest.mark.parametrize("cut", [12, 16, None])
def test_r_a_row_id_that_is_a_digest_of_a_source_id(tmp_path, index, kind, cut):
    frame = patients()
    frame["row"] = [f"{digest(kind, 'HN48210933')[:cut].upper()}"] + ["none"] * (ROWS - 1)
    report, by_id = judged(release(tmp_path / "out", of_patients=frame), index)
    assert by_id["SH-R"].verdict is Verdict.FAIL
    assert "digest of a source identifier" in report.by_detector
    assert by_id["SH-LINK"].verdict is Verdict.PASS


def test_r_base64_of_a_digest_and_of_a_normalised_id(tmp_path, index):
    import base64

    text = base64.urlsafe_b64encode(hashlib.sha256(b"hn48210933").digest()).decode()
    (release(tmp_path / "out") / "keys.txt").write_text(f"token {text}\n")
    report, _ = judged(tmp_path / "out", index)
    assert report.by_detector["digest of a source identifier"] == 1


def test_a_listed_exception_is_counted_and_one_that_takes_nothing_is_said(tmp_path, index):
    frame = encounters()
    frame.loc[7, "ward"] = "Kowloon"
    allowed = (
        Allowed.model_validate({"column": "encounters.ward", "class": "B", "reason": "the name of a ward"}),
        Allowed.model_validate({"column": "ward", "class": "D", "reason": "there is none"}),
    )
    report, by_id = judged(release(tmp_path / "out", of_encounters=frame), index, allowed=allowed)
    assert report.clean
    assert by_id["SH-B"].figures["listed_exceptions"] == 1
    assert [used.letter for used in report.unused_exceptions] == ["D"]


def test_an_exception_may_say_how_many(tmp_path):
    folder = release(tmp_path / "out")
    (folder / "memo.txt").write_text("signed 17 May 2003, until 17 May 2004\nborn 2 June 1951\n")
    allowed = (Allowed.model_validate({"column": "*", "class": "C", "most": 2, "reason": "the term"}),)
    report, _ = judged(folder, allowed=allowed)
    assert [(found.letter, found.place.line) for found in report.findings] == [("C", 2)]


def test_no_exception_takes_an_identifier_of_the_source(tmp_path, index):
    frame = encounters()
    frame.loc[7, "ward"] = "quillfeather thornby"
    allowed = tuple(Allowed.model_validate({"column": "*", "class": letter, "reason": "all"}) for letter in "ABR")
    _, by_id = judged(release(tmp_path / "out", of_encounters=frame), index, allowed=allowed)
    assert by_id["SH-LINK"].verdict is Verdict.FAIL


def test_p_and_q_pictures_and_sound_are_for_a_person_to_attest(tmp_path, index):
    folder = release(tmp_path / "out")
    (folder / "scan.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\0" * 64)
    (folder / "note.wav").write_bytes(b"RIFF\0\0\0\0WAVE" + b"\0" * 64)
    report, by_id = judged(folder, index)
    assert len(report.attest) == 2
    assert by_id["SH-P"].verdict is by_id["SH-Q"].verdict is Verdict.ATTEST


def test_a_file_that_cannot_be_parsed_is_never_silently_clean(tmp_path, index):
    folder = release(tmp_path / "out")
    (folder / "broken.parquet").write_bytes(b"PAR1 not at all" + bytes(range(256)))
    report, by_id = judged(folder, index)
    assert [file.name for file in report.unread] == ["broken.parquet"]
    assert by_id["SH-A"].verdict is by_id["SH-LINK"].verdict is Verdict.ATTEST


def test_without_source_identifiers_link_and_r_do_not_pass(tmp_path):
    _, by_id = judged(release(tmp_path / "out"))
    assert by_id["SH-LINK"].verdict is by_id["SH-R"].verdict is Verdict.ATTEST


def test_canary_leaks_fail_and_a_flow_that_removes_all_passes(tmp_path):
    pack = canary_pack(3, notes_a_language=12, persons=12)
    report = scan([release(tmp_path / "out")])
    same = {note.note_id: note.text for note in pack.notes.itertuples()}
    judge = {True: dict.fromkeys(same, "[removed]"), False: same}
    assert controls(report, leaks(pack, {}))[-1].verdict is Verdict.ATTEST
    for removed, texts in judge.items():
        verdict = controls(report, leaks(pack, texts))[-1]
        assert verdict.id == "SH-CANARY"
        assert verdict.verdict is (Verdict.PASS if removed else Verdict.FAIL)
        assert (verdict.count == 0) is removed
