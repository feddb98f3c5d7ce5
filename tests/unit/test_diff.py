from factory.evidence.diff import Change, diff


def facts(**changes):
    measure = {
        "name": "membership_auc",
        "title": "Membership",
        "where": "people",
        "value": 0.52,
        "low": 0.50,
        "high": 0.54,
        "direction": "at most",
        "outcome": "pass",
    }
    return {
        "regimes": [{"regime": "gdpr-anonymous", "verdict": "needs attestation"}],
        "controls": [{"id": "GD-1", "verdict": "pass"}],
        "measures": [measure],
        "policy": {"membership_auc": 0.6},
        "statement": {"dpo": "A"},
        "tables": {"people": {"rows": 1000}},
        "decisions": [{"table": "people", "column": "age", "operator": "banded", "released_as": ["age"]}],
        "questions": [{"control": "GD-7", "sentence": "True?"}],
        "engine": {"name": "trees", "version": "1", "licence": "Apache-2.0"},
        "code": {"version": "1", "digest": "d" * 64, "tools": {"numpy": "2"}},
        **changes,
    }


def test_the_same_dossier_has_no_changes():
    assert diff(facts(), facts()) == []


def test_a_verdict_is_worse_or_better():
    after = facts(
        controls=[{"id": "GD-1", "verdict": "fail"}], regimes=[{"regime": "gdpr-anonymous", "verdict": "pass"}]
    )
    assert diff(facts(), after) == [
        Change("Regime", "gdpr-anonymous", "needs attestation", "pass", False),
        Change("Control", "GD-1", "pass", "fail", True),
    ]


def test_a_figure_counts_where_it_differs_beyond_both_intervals():
    (measure,) = facts()["measures"]
    near = facts(measures=[{**measure, "value": 0.53, "low": 0.51, "high": 0.55}])
    assert diff(facts(), near) == []
    far = facts(measures=[{**measure, "value": 0.60, "low": 0.58, "high": 0.62}])
    (change,) = diff(facts(), far)
    assert change.worse and change.before == "0.520 (0.500–0.540)" and change.what == "Membership (people)"
    unknown = facts(measures=[{**measure, "value": None, "low": None, "high": None, "outcome": "inconclusive"}])
    (change,) = diff(facts(), unknown)
    assert change.worse is None and change.after == "–"


def test_a_figure_that_is_gone_or_new_is_said():
    (gone,) = diff(facts(), facts(measures=[]))
    assert gone == Change("Figure", "Membership (people)", "0.520 (0.500–0.540)", "–", True)
    (new,) = diff(facts(measures=[]), facts())
    assert new.before == "–" and new.worse is False


def test_columns_rows_policy_engine_code_and_questions_are_compared():
    after = facts(
        policy={"membership_auc": 0.55},
        tables={"people": {"rows": 2000}, "stays": {"rows": 3}},
        decisions=[{"table": "people", "column": "age", "operator": "removed", "released_as": []}],
        questions=[],
        engine={"name": "dp", "version": "1", "licence": "Apache-2.0"},
        code={"version": "2", "digest": "e" * 64, "tools": {"numpy": "2"}},
        statement={"dpo": None},
    )
    found = {(change.section, change.what): (change.before, change.after) for change in diff(facts(), after)}
    assert found[("Policy", "membership_auc")] == ("0.6", "0.55")
    assert found[("Rows", "people")] == ("1,000", "2,000") and found[("Rows", "stays")] == ("–", "3")
    assert found[("Column", "people.age")] == ("banded: age", "removed: –")
    assert found[("Question", "GD-7")] == ("True?", "–")
    assert found[("Engine", "name")] == ("trees", "dp") and found[("Code", "digest")] == ("d" * 12, "e" * 12)
    assert found[("Statement", "dpo")] == ("A", "None")


def test_a_dossier_of_an_older_form_is_compared_as_far_as_it_goes():
    assert diff({"regimes": ["gdpr-anonymous"]}, facts())
    assert diff({}, {}) == []
