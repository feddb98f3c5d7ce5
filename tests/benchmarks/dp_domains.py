"""Domains of two public data sets, as their descriptions at UCI state them: nothing here was read off the rows.

Adult: Becker and Kohavi 1996, doi 10.24432/C5XW20 (`adult.names`). Diabetes 130-US hospitals: Strack et al. 2014, doi
10.24432/C5230J (table 1 and `IDS_mapping.csv`). Where a description states no range, a generous round one stands here.
"""

from __future__ import annotations

from factory.synth.dp import Settings
from factory.synth.rows import Field


def _levels(*names: str) -> Field:
    return Field("category", levels=names)


def _integer(low: int, high: int) -> Field:
    return Field("integer", minimum=low, maximum=high)


ADULT = {
    "age": _integer(17, 90),
    "workclass": _levels(
        "Private", "Self-emp-not-inc", "Self-emp-inc", "Federal-gov", "Local-gov", "State-gov", "Without-pay",
        "Never-worked",
    ),
    "fnlwgt": _integer(10_000, 1_500_000),
    "education": _levels(
        "Preschool", "1st-4th", "5th-6th", "7th-8th", "9th", "10th", "11th", "12th", "HS-grad", "Some-college",
        "Assoc-voc", "Assoc-acdm", "Bachelors", "Masters", "Prof-school", "Doctorate",
    ),
    "education-num": _integer(1, 16),
    "marital-status": _levels(
        "Married-civ-spouse", "Divorced", "Never-married", "Separated", "Widowed", "Married-spouse-absent",
        "Married-AF-spouse",
    ),
    "occupation": _levels(
        "Tech-support", "Craft-repair", "Other-service", "Sales", "Exec-managerial", "Prof-specialty",
        "Handlers-cleaners", "Machine-op-inspct", "Adm-clerical", "Farming-fishing", "Transport-moving",
        "Priv-house-serv", "Protective-serv", "Armed-Forces",
    ),
    "relationship": _levels("Wife", "Own-child", "Husband", "Not-in-family", "Other-relative", "Unmarried"),
    "race": _levels("White", "Asian-Pac-Islander", "Amer-Indian-Eskimo", "Other", "Black"),
    "sex": _levels("Female", "Male"),
    "capital-gain": _integer(0, 99_999),
    "capital-loss": _integer(0, 5_000),
    "hours-per-week": _integer(1, 99),
    "native-country": _levels(
        "United-States", "Cambodia", "England", "Puerto-Rico", "Canada", "Germany", "Outlying-US(Guam-USVI-etc)",
        "India", "Japan", "Greece", "South", "China", "Cuba", "Iran", "Honduras", "Philippines", "Italy", "Poland",
        "Jamaica", "Vietnam", "Mexico", "Portugal", "Ireland", "France", "Dominican-Republic", "Laos", "Ecuador",
        "Taiwan", "Haiti", "Columbia", "Hungary", "Guatemala", "Nicaragua", "Scotland", "Thailand", "Yugoslavia",
        "El-Salvador", "Trinadad&Tobago", "Peru", "Hong", "Holand-Netherlands",
    ),
    "income": _levels("<=50K", ">50K"),
}  # fmt: skip
"""Fifteen columns; a question mark is a missing value."""

ADULT_SETTINGS = Settings(
    focus="income",
    # Most people have no capital gain or loss, so zero has a bin of its own and the bins after it widen.
    cuts={
        "capital-gain": (1, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 10_000, 15_000, 20_000, 50_000),
        "capital-loss": (1, *range(1000, 3000, 100), 3000, 4000),
    },
    complete=frozenset(ADULT) - {"workclass", "occupation", "native-country"},
)

DIABETES = {
    "race": _levels("Caucasian", "Asian", "AfricanAmerican", "Hispanic", "Other"),
    "gender": _levels("Male", "Female", "Unknown/Invalid"),
    "age": _levels(*(f"[{low}-{low + 10})" for low in range(0, 100, 10))),
    "admission_type_id": _levels(*map(str, range(1, 9))),
    "discharge_disposition_id": _levels(*map(str, range(1, 31))),
    "admission_source_id": _levels(*map(str, range(1, 27))),
    "time_in_hospital": _integer(1, 14),
    "num_lab_procedures": _integer(0, 150),
    "num_medications": _integer(0, 100),
    "number_inpatient": _integer(0, 100),
    "number_emergency": _integer(0, 100),
    "number_outpatient": _integer(0, 100),
    "number_diagnoses": _integer(1, 16),
    "A1Cresult": _levels("None", "Norm", ">7", ">8"),
    "insulin": _levels("No", "Steady", "Up", "Down"),
    "diabetesMed": _levels("Yes", "No"),
    "readmitted": _levels("<30", ">30", "NO"),
}
"""The columns of the task; a question mark is a missing value, None a test that was not made."""

DIABETES_SETTINGS = Settings(
    focus="readmitted",
    cuts=dict.fromkeys(
        ("number_inpatient", "number_emergency", "number_outpatient"), (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 50)
    ),
    complete=frozenset(DIABETES) - {"race"},
)
