"""Each control fails on a candidate broken for it, and only for it: a table of mutants, all caught."""

import datetime as dt
import hashlib
from pathlib import Path

import pandas as pd
import pytest
from controls_candidate import copied, make, people, rewrite

from factory.evidence.controls.judge import ALWAYS, CATALOGUE
from factory.evidence.controls.profiles import profile
from factory.words import LANGUAGES
from factory.words.catalogue import LOCALE, read_catalogue

REGIME = {"SH": "hipaa-safe-harbor", "ED": "hipaa-expert-determination", "GD": "gdpr-anonymous"} | {
    "CN": "pipl-anonymised",
    "HK": "pdpo-anonymised",
    "RL": "gdpr-anonymous",
}
DOCS = Path(__file__).parents[2] / "docs"


def cell(value):
    return lambda made: made.table("visits", lambda frame: frame.assign(ward=[value, *frame["ward"][1:]]))


def column(name, values, table="visits"):
    return lambda made: made.table(table, lambda frame: frame.assign(**{name: values}))


def numbers(name, first):
    return lambda made: made.table("visits", lambda frame: frame.assign(**{name: range(first, first + len(frame))}))


def one(table, name, value):
    return lambda made: made.table(table, lambda frame: frame.assign(**{name: [value, *frame[name][1:]]}))


def measured(name, value=0.9, **fields):
    beyond = {"value": value, "low": value, "high": value, "outcome": "fail", **fields}
    return lambda made: made.measure(name, **beyond)


def unmeasured(name):
    def change(made):
        made.facts["measures"] = [row for row in made.facts["measures"] if row["name"] != name]

    return change


def found(control):
    return lambda made: made.identifier(control, verdict="fail", hits=3)


def stated(**fields):
    return lambda made: made.state(**fields)


def decided(name, **fields):
    return lambda made: made.decision(name, **fields)


def engine(**fields):
    return lambda made: made.facts["engine"].update(fields)


def sealed(**fields):
    return lambda made: made.sealed.update(fields)


def licensed(**fields):
    return lambda made: made.licence.update(fields)


def batch(**fields):
    return lambda made: made.facts["batch"].update(fields)


def fact(name, value):
    return lambda made: made.facts.update({name: value})


def beside(name, text):
    def change(made):
        path = made.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return change


def in_dossier(change):
    return lambda made: rewrite(made, change)


def small_bar(made):
    made.facts["marginals"]["people.sex"].append({"label": "U", "real": 3 / 240, "synthetic": 0.0})


def small_count(made):
    made.facts["counts"]["people"]["holdout"] = 4


def unlisted_table(made):
    (made.folder / "records").mkdir()
    people().to_parquet(made.folder / "records" / "people.parquet")


def late_variant(made):
    made.table("visits", lambda frame: frame.assign(code=[*(f"k{n % 50}" for n in range(len(frame) - 1)), "rs123456"]))


def no_decision(made):
    made.facts["decisions"] = [row for row in made.facts["decisions"] if row["column"] != "ward"]


def text_without_canary(made):
    made.identifier("SH-CANARY", verdict="needs attestation")
    made.decision("ward", role="free-text")


FAIL, OPEN = "fail", "inconclusive"
FOREIGN = hashlib.sha256(b"a source table").hexdigest()
MUTANTS = [
    ("SH-A", "a name", cell("Dr Margaret Fairbrother"), FAIL),
    ("SH-A", "a name of the source", found("SH-A"), FAIL),
    ("SH-B", "a district", cell("Kowloon"), FAIL),
    ("SH-B", "a ZIP of five digits", column("zip", "45419", "people"), FAIL),
    ("SH-B", "a restricted ZIP3", one("people", "zip", "036"), FAIL),
    ("SH-C", "a date", cell("2003-05-17"), FAIL),
    ("SH-C", "a month", cell("17 May 2003"), FAIL),
    ("SH-C", "dates as numbers", column("seen", [20030101 + n % 28 for n in range(480)]), FAIL),
    ("SH-C", "a column of moments", column("seen", pd.Timestamp("2003-05-17")), FAIL),
    ("SH-C", "an age over 89", one("visits", "age", "[90-100)"), FAIL),
    ("SH-C", "a year of birth that shows one", one("people", "birth_year", 1901), FAIL),
    ("SH-D", "a telephone", cell("+852 61239876"), FAIL),
    ("SH-E", "a fax", cell("fax 2802 1133"), FAIL),
    ("SH-F", "an e-mail", cell("anna.b@example.com"), FAIL),
    ("SH-G", "an identity card", cell("A123456(3)"), FAIL),
    ("SH-H", "a record number", cell("MRN 4821093"), FAIL),
    ("SH-I", "a policy number", cell("policy no. HX-99812-3"), FAIL),
    ("SH-J", "an account", cell("银行账号 40023311"), FAIL),
    ("SH-K", "a licence", cell("driving licence D4411982"), FAIL),
    ("SH-L", "a number plate", cell("粤B·12345"), FAIL),
    ("SH-M", "a serial number", cell("pump serial SN-7XQ2-88"), FAIL),
    ("SH-N", "an address of the web", cell("https://people.example.com/anna"), FAIL),
    ("SH-O", "an address of a network", cell("10.24.9.18"), FAIL),
    ("SH-P", "a fingerprint", found("SH-P"), FAIL),
    ("SH-Q", "a photograph", found("SH-Q"), FAIL),
    ("SH-R", "a digest", cell("9f2c4a7be01d4c5f8a6b3d2e1f0a9b8c"), FAIL),
    ("SH-R", "a digest of a source identifier", found("SH-R"), FAIL),
    ("SH-R", "no digest was tried", lambda made: made.identifier("SH-R", verdict="needs attestation"), OPEN),
    ("SH-R", "a link to no row number", one("visits", "person_id", 999), FAIL),
    ("SH-LINK", "an identifier of the source", found("SH-LINK"), FAIL),
    ("SH-LINK", "nothing was compared", lambda made: made.identifier("SH-LINK", verdict="needs attestation"), OPEN),
    ("SH-CANARY", "a planted identifier", found("SH-CANARY"), FAIL),
    ("SH-CANARY", "text without a pack", text_without_canary, OPEN),
    ("ED-1", "a class of one", one("people", "sex", "X"), OPEN),
    ("ED-2", "over the threshold", measured("identity_disclosure"), FAIL),
    ("ED-2", "a threshold of its own", measured("identity_disclosure", 0.3, threshold=0.5, outcome="pass"), FAIL),
    ("ED-3", "members are told", measured("membership_auc"), FAIL),
    ("ED-3", "not measured", unmeasured("membership_tpr"), OPEN),
    ("ED-3", "a gate called a diagnostic", measured("membership_auc", bearing="diagnostic"), OPEN),
    ("ED-4", "attributes are told", measured("attribute_disclosure"), FAIL),
    ("ED-5", "a small count", small_count, FAIL),
    ("ED-5", "a few people who changed", batch(since={"new": 200, "changed": 3}), FAIL),
    ("ED-5", "a few people in another release", batch(linked=[100, 3]), FAIL),
    ("ED-5", "a small bar", small_bar, FAIL),
    ("ED-5", "a small number of cells", decided("sex", changed="7"), FAIL),
    ("ED-6", "another contract", fact("contract", "0" * 64), FAIL),
    ("ED-6", "no digest of the code", fact("code", {"version": "0"}), FAIL),
    ("ED-7", "no expiry", fact("expires", None), FAIL),
    ("ED-7", "expired before its review", fact("expires", "2026-01-01"), FAIL),
    ("GD-1", "singled out", measured("singling_out"), FAIL),
    ("GD-1", "too weak an attack", lambda made: made.measure("singling_out", weak="too few"), OPEN),
    ("GD-2", "linked", measured("linkability"), FAIL),
    ("GD-3", "inferred", measured("inference"), FAIL),
    ("GD-4", "exact copies", measured("exact_copy_share"), FAIL),
    ("GD-4", "near copies", measured("near_copy_share", bearing="alarm"), FAIL),
    ("GD-4", "near copies not looked for", unmeasured("near_copy_share"), OPEN),
    ("GD-5", "too much spent", engine(epsilon=9.0), FAIL),
    ("GD-5", "too likely to fail", engine(delta=0.5), FAIL),
    ("GD-5", "not said", engine(epsilon=None), OPEN),
    ("GD-6", "a code book", beside("records/codebook.json", "{}"), FAIL),
    ("GD-6", "surrogates", decided("ward", operator="surrogate, the same within a person"), FAIL),
    ("GD-6", "shifted dates", decided("admitted_at", operator="dates shifted, as far within a person"), FAIL),
    ("GD-7", "no legal basis", stated(legal_basis=None), FAIL),
    ("GD-7", "looked at again too early", stated(review_on=dt.date(2026, 1, 1)), FAIL),
    ("CN-1", "a direct identifier", decided("name", released_as=["name"], operator="kept"), FAIL),
    ("CN-1", "a direct identifier in the bytes", cell("A123456(3)"), FAIL),
    ("CN-1", "risk over the threshold", measured("identity_disclosure"), FAIL),
    ("CN-2", "a reversible operator", decided("ward", operator="surrogate, the same within a person"), FAIL),
    ("CN-3", "a table that is not listed", unlisted_table, FAIL),
    ("CN-3", "a file that is no document", beside("export.csv", "a\n1\n"), FAIL),
    ("CN-4", "too many for the route", stated(people_sent={2026: 12_000}), FAIL),
    ("CN-4", "too many with other batches of the year", batch(sent={"2026": 12_000}), FAIL),
    ("CN-4", "an exemption that is none", stated(route="exempt"), FAIL),
    ("CN-4", "no route", stated(route=None), OPEN),
    ("CN-4", "nobody counted", stated(people_sent=None), OPEN),
    ("CN-5", "outside the Greater Bay Area", licensed(licensee={"territory": ["HK", "US"]}), FAIL),
    ("CN-5", "ended", licensed(expires="2026-06-01"), FAIL),
    ("CN-5", "not filed", licensed(standard_contract={"kind": "gba", "filed": None}), OPEN),
    ("CN-6", "a column of a gene", column("BRCA1_status", "carrier"), FAIL),
    ("CN-6", "a variant", column("finding", "NM_007294.4:c.5266dupC"), FAIL),
    ("CN-6", "one variant at the end", late_variant, FAIL),
    ("CN-7", "important data", stated(important_data="yes"), FAIL),
    ("CN-7", "not answered", stated(important_data=None), OPEN),
    ("HK-1", "no purpose", stated(collected_for=None), FAIL),
    ("HK-1", "a column nobody decided on", no_decision, FAIL),
    ("RL-1", "one signer", sealed(signers=["Dr Wong", "dr wong"]), FAIL),
    ("RL-1", "the producer signed", sealed(signers=["Dr Wong", "ms cheung"]), FAIL),
    ("RL-2", "another signature", sealed(signature=False), FAIL),
    ("RL-2", "nobody looked", sealed(signature=None), OPEN),
    ("RL-3", "not in the log", sealed(inclusion=False), FAIL),
    ("RL-3", "another log", sealed(consistency=False), FAIL),
    ("RL-4", "re-identification allowed", licensed(no_reidentification=False), FAIL),
    ("RL-4", "no destruction", licensed(destruction=""), FAIL),
    ("RL-5", "not found", sealed(fingerprint={"p": 0.2, "false_accusations": 0, "utility_cost": 0}), FAIL),
    ("RL-5", "cost not reported", sealed(fingerprint={"p": 1e-9}), OPEN),
    ("RL-6", "a revoked digest verifies", sealed(revoked_refused=False), FAIL),
    ("RL-7", "SDV", engine(licence="BUSL-1.1"), "needs attestation"),
    ("RL-7", "SDV among the rivals", engine(scoreboard=[{"engine": "sdv-ctgan", "note": ""}]), "needs attestation"),
    ("RL-7", "a licence not known", engine(licence="Proprietary"), OPEN),
    ("RL-8", "a telephone in a document", beside("records/datasheet.md", "Call +852 6123 9876."), FAIL),
    ("RL-8", "a name in a document", beside("records/model-card.md", "联系人：关家豪，"), FAIL),
    ("RL-8", "a digest of a source table", beside("records/lineage.json", f'{{"of": "{FOREIGN}"}}'), FAIL),
    ("RL-9", "rows of people", in_dossier(lambda facts: facts.update(people=[{"sex": "F"}])), FAIL),
    ("RL-9", "a key in a row", in_dossier(lambda facts: facts["measures"][0].update(example=1)), FAIL),
    ("RL-9", "a row in a count", in_dossier(lambda facts: facts["counts"]["people"].update(of=[1])), FAIL),
    ("RL-9", "rows among the counts", in_dossier(lambda facts: facts["counts"].update(rows=[{"sex": "F"}])), FAIL),
    ("RL-11", "told by two releases together", measured("linked_membership_auc"), FAIL),
    ("RL-11", "the same, of the policy's own threshold", measured("linked_membership_tpr", 0.1, threshold=0.5), FAIL),
    ("RL-11", "too much epsilon for one person", measured("linked_epsilon", 11.0), FAIL),
    ("RL-11", "never attacked together", unmeasured("linked_membership_auc"), OPEN),
    ("RL-11", "epsilon not added up", unmeasured("linked_epsilon"), OPEN),
    ("RL-10", "no last day", fact("review_by", "soon"), FAIL),
]
ASKS_ONLY = {"SH-KNOW"}
"""What software cannot break, since it looks at nothing: it is never a pass before a person has answered."""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make(tmp_path_factory.mktemp("controls") / "candidate")


@pytest.fixture(scope="module")
def before(base):
    return {regime: base.verdicts(regime) for regime in set(REGIME.values())}


def test_every_control_passes_or_asks_on_the_candidate_that_is_whole(base):
    judged = base.judged()
    by_id = {row["id"]: row for row in judged.controls}
    assert set(by_id) == set(CATALOGUE)
    left = {id_: (row["verdict"], row["sentence"]) for id_, row in by_id.items()}
    quiet = {"CN-6": "pass"}
    for id_, (verdict, sentence) in left.items():
        expected = "needs attestation" if CATALOGUE[id_].question and id_ != "RL-7" else "pass"
        assert verdict == quiet.get(id_, expected), (id_, verdict, sentence)
    assert not judged.shortfalls
    assert not judged.failures
    assert {row["verdict"] for row in judged.regimes} == {"needs attestation"}


@pytest.mark.parametrize(
    ("control", "how", "change", "verdict"), MUTANTS, ids=[f"{control}: {how}" for control, how, *_ in MUTANTS]
)
def test_a_mutant_changes_its_own_control_and_no_other(base, before, tmp_path, control, how, change, verdict):
    made = copied(base, tmp_path / "mutant")
    change(made)
    regime = REGIME[control.partition("-")[0]]
    after = made.verdicts(regime)
    changed = {id_: now for id_, now in after.items() if now != before[regime][id_]}
    if how == "no last day":  # what is held against that day cannot be told then, and says so
        assert changed.pop("GD-7") == OPEN
    assert changed == {control: verdict}


def test_every_control_has_a_mutant():
    assert {control for control, *_ in MUTANTS} == set(CATALOGUE) - ASKS_ONLY


def test_what_software_cannot_know_is_asked_whatever_the_bytes(before):
    assert before["hipaa-safe-harbor"]["SH-KNOW"] == "needs attestation"


def test_a_genomic_column_with_an_approval_is_asked_about(base, tmp_path):
    made = copied(base, tmp_path / "approved")
    column("BRCA1_status", "carrier")(made)
    made.state(genetic_approval="HGR 2026-114")
    judged = made.judged("pipl-anonymised")
    assert {"control": "CN-6", "sentence": CATALOGUE["CN-6"].question} in judged.questions


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({}, "needs attestation"),
        ({"destination": "US"}, FAIL),
        ({"onward_transfer": True}, FAIL),
        ({"contract_until": dt.date(2026, 6, 1)}, FAIL),
        ({"contract_filed": None}, OPEN),
    ],
)
def test_a_contract_that_relies_on_the_greater_bay_area_is_held_to_it(base, tmp_path, fields, verdict):
    made = copied(base, tmp_path / "gba")
    made.licence = None
    held = {"contract_filed": dt.date(2026, 1, 2), "contract_until": dt.date(2028, 1, 1)}
    made.state(route="gba-standard-contract", **{**held, **fields})
    assert made.verdicts("pipl-anonymised")["CN-5"] == verdict


def test_a_profile_past_its_own_date_clears_nobody(base, tmp_path):
    made = copied(base, tmp_path / "late")
    made.state(review_on=dt.date(2040, 1, 1))
    made.facts |= {"review_by": profile("gdpr-anonymous").review_on.isoformat(), "expires": "2041-01-01"}
    assert made.verdicts("gdpr-anonymous")["GD-7"] == OPEN


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_what_the_software_says_in_chinese_is_no_identifier_and_one_beside_it_is(base, tmp_path, language):
    made = copied(base, tmp_path / language)
    said = "".join(
        f"<p>{english}: {there}</p>\n"
        for path in sorted((LOCALE / language).glob("*.po"))
        for english, there in read_catalogue(path).items()
    )
    page = beside(f"dossier.{language}.html", f"<html>{said}</html>")
    page(made)
    assert made.verdicts("gdpr-anonymous")["RL-8"] == "pass"
    beside(f"dossier.{language}.html", f"<html>{said}<p>姓名：關家豪</p></html>")(made)
    assert made.verdicts("gdpr-anonymous")["RL-8"] == "fail"


def test_questions_shortfalls_and_failures_are_those_of_the_regimes_asked(base, tmp_path):
    made = copied(base, tmp_path / "two")
    measured("inference")(made)
    unmeasured("near_copy_share")(made)
    judged = made.judged("gdpr-anonymous")
    assert [row["control"] for row in judged.failures] == ["GD-3"]
    assert [row["control"] for row in judged.shortfalls] == ["GD-4"]
    asked = {row["control"] for row in judged.questions}
    assert asked <= set(profile("gdpr-anonymous").controls) | set(ALWAYS)
    assert judged.regimes[0]["verdict"] == "fail"
    assert "CN-7" not in {row["id"] for row in judged.controls}


def test_nothing_is_judged_at_a_candidate_that_belongs_to_the_seal(base):
    made = copied(base, base.folder.with_name("unsealed"))
    made.sealed = made.licence = None
    verdicts = made.verdicts("gdpr-anonymous")
    assert {verdicts[f"RL-{n}"] for n in range(1, 7)} == {"not applicable"}


def test_the_catalogue_in_the_docs_is_what_the_controls_say():
    from factory.evidence.controls.reference import reference

    assert (DOCS / "controls.md").read_text() == reference()
