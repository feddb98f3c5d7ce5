import numpy as np
import pandas as pd
import pytest

from factory.core.errors import BrokenFile, ContractError, WrongType
from factory.deid.anonymity import (
    ZIP_2010,
    AgeHierarchy,
    BandHierarchy,
    CodeHierarchy,
    FlatHierarchy,
    RegionHierarchy,
    TableHierarchy,
    YearHierarchy,
    ZipHierarchy,
    read_hierarchy,
    read_zip_table,
)
from factory.deid.anonymity.domain import domain

ALL = {
    "age": (AgeHierarchy(), pd.Series([0, 4, 37, 79, 84, 85, 89, 90, 97, None], dtype="Int64")),
    "age at 80": (AgeHierarchy(cap=80), pd.Series(range(120))),
    "age bands": (AgeHierarchy(finest=10), pd.Series(["[70-80)", "[80-90)", "90+", None, "85"])),
    "year": (YearHierarchy(), pd.Series([1931, 1935, 1936, 2004, 2024])),
    "birth year": (YearHierarchy((2, 10), oldest=1935), pd.Series([1920, 1935, 1936, 1937, 1941, None])),
    "zip": (ZipHierarchy(), pd.Series(["02139", "03601", "05901", "05401", "K1A 0B1", None, "02139-1234", "09012"])),
    "region": (RegionHierarchy(), pd.Series(["440305", "440106", "110101", None])),
    "icd-9": (CodeHierarchy("icd-9-cm"), pd.Series(["250.83", "25001", "V45.81", "E885.9", "8", "V4581", "E8859"])),
    "icd-10": (CodeHierarchy("icd-10"), pd.Series(["E11.9", "E119", "I10", "c50.911"])),
    "atc": (CodeHierarchy("atc"), pd.Series(["A10BA02", "A10BB01", "A10B", "C09AA05"])),
    "bands": (BandHierarchy([[30, 40, 50, 60], [40, 60]]), pd.Series([1.5, 30.0, 39.9, 60.0, 75.0, np.nan])),
    "flat": (FlatHierarchy(), pd.Series(["x", "y", None])),
    "category": (FlatHierarchy(), pd.Series(["x", "y", None], dtype="category")),
}


def _levels(hierarchy, values):
    return [hierarchy.at(values, level).tolist() for level in range(len(hierarchy.names))]


@pytest.mark.parametrize("name", ALL)
def test_levels_are_nested_lose_more_and_end_in_a_star(name):
    hierarchy, values = ALL[name]
    compiled = domain(values.rename("column"), hierarchy)  # refuses what is not nested, or loses less higher up
    assert compiled.height == len(hierarchy.names)
    assert hierarchy.names[-1] == "*"
    assert (compiled.loss[-1] == 1).all()
    assert all((loss >= 0).all() and (loss <= 1).all() for loss in compiled.loss)
    for level in range(len(hierarchy.names) - 1):
        assert (hierarchy.at(values, level).isna() == values.isna()).all()
    assert set(hierarchy.at(values, len(hierarchy.names) - 1)) == {"*"}


def test_ages_over_the_cap_are_pooled_at_every_level():
    values = pd.Series([4, 37, 84, 85, 89, 90, 103])
    assert _levels(AgeHierarchy(), values)[:4] == [
        [4, 37, 84, 85, 89, 90, 90],
        ["[0-5)", "[35-40)", "[80-85)", "[85-90)", "[85-90)", "90+", "90+"],
        ["[0-10)", "[30-40)", "[80-90)", "[80-90)", "[80-90)", "90+", "90+"],
        ["[0-20)", "[20-40)", "[80-90)", "[80-90)", "[80-90)", "90+", "90+"],
    ]


@pytest.mark.parametrize("cap", [80, 83, 85, 89])
def test_no_band_crosses_the_cap(cap):
    hierarchy = AgeHierarchy(cap=cap)
    for level in range(1, 4):
        at = hierarchy.at(pd.Series(range(110)), level)
        assert not set(at[: cap + 1]) & set(at[cap + 1 :])
        assert set(at[cap + 1 :]) == {f"{cap + 1}+"}


@pytest.mark.parametrize("label", ["[80-100)", "[60-80)", "80+", "eighty"])
def test_a_band_that_no_level_can_hold_is_not_covered(label):
    with pytest.raises(WrongType):
        AgeHierarchy(finest=10).at(pd.Series([label]), 1)


def test_birth_years_of_the_oldest_are_one_year_at_every_level():
    values = pd.Series([1912, 1935, 1936, 1941])
    assert _levels(YearHierarchy(oldest=1935), values)[:3] == [
        [1935, 1935, 1936, 1941],
        ["<=1935", "<=1935", "[1936-1940)", "[1940-1945)"],
        ["<=1935", "<=1935", "[1936-1940)", "[1940-1950)"],
    ]


def test_widths_that_do_not_nest_are_refused():
    with pytest.raises(ContractError):
        YearHierarchy((2, 5))


def test_restricted_and_unknown_zip_codes_are_nowhere():
    values = pd.Series(["02139", "03601", "05901", "K1A", "09012", "02139-1234"])
    assert _levels(ZipHierarchy(), values)[:4] == [
        ["02139", "03601", "05901", "000", "09012", "02139"],
        ["021", "000", "000", "000", "000", "021"],
        ["02", "000", "000", "000", "000", "02"],
        ["0", "000", "000", "000", "000", "0"],
    ]


def test_zip_codes_that_lost_their_zeros_get_them_back():
    assert ZipHierarchy().at(pd.Series([2139, 501]), 1).tolist() == ["021", "005"]


def test_the_default_is_the_union_of_both_vintages():
    values = pd.Series(["06301", "20501", "36901", "79001"])
    assert ZipHierarchy().at(values, 1).tolist() == ["000"] * 4
    assert ZipHierarchy(ZIP_2010).at(values, 1).tolist() == ["063", "000", "000", "790"]
    assert "2010 census" in ZipHierarchy(ZIP_2010).kind


def test_a_newer_table_names_the_areas_there_are(tmp_path):
    path = tmp_path / "zip3.csv"
    path.write_text("zip3,population\n021,900000\n036,20000\n059,20001\n")
    hierarchy = ZipHierarchy(read_zip_table(path, "2030 census"))
    assert hierarchy.at(pd.Series(["02139", "03601", "05901", "10001"]), 1).tolist() == ["021", "000", "059", "000"]
    path.write_text("area\n1\n")
    with pytest.raises(BrokenFile):
        read_zip_table(path, "2030 census")


def test_regions_are_prefixes_and_unknown_provinces_are_not_covered():
    assert _levels(RegionHierarchy(), pd.Series(["440305"]))[:3] == [["440305"], ["4403"], ["44"]]
    assert RegionHierarchy("suppress").at(pd.Series(["990101", 110101]), 2).tolist() == ["*", "11"]


def test_codes_climb_their_systems():
    assert _levels(CodeHierarchy("icd-9-cm"), pd.Series(["25083", "E8859"]))[1:3] == [["250", "E885"], ["240-279", "E"]]
    assert _levels(CodeHierarchy("icd-10"), pd.Series(["E11.9"]))[:3] == [["E11.9"], ["E11"], ["E"]]
    assert [one[0] for one in _levels(CodeHierarchy("atc"), pd.Series(["A10BA02"]))[:5]] == [
        "A10BA02", "A10BA", "A10B", "A10", "A",
    ]  # fmt: skip


def test_bands_that_do_not_nest_are_refused():
    with pytest.raises(ContractError):
        BandHierarchy([[30, 60], [40]])


LISTED = pd.DataFrame({"level0": ["a", "b", "7"], "level1": ["x", "x", "y"]})


def test_an_uncovered_value_is_counted_and_never_named():
    with pytest.raises(WrongType) as error:
        TableHierarchy(LISTED).at(pd.Series(["a", "secret", "hidden", "secret"], name="ward"), 1)
    assert str(error.value).startswith("The column ward has 2 distinct values")
    assert "secret" not in str(error.value)


def test_an_uncovered_value_may_be_suppressed_at_every_level():
    hierarchy = TableHierarchy(LISTED, uncovered="suppress")
    values = pd.Series(["a", "secret", None])
    assert hierarchy.at(values, 0).tolist()[:2] == ["a", "*"]
    assert hierarchy.at(values, 1).tolist()[:2] == ["x", "*"]
    assert hierarchy.loss(values, 0).tolist() == [0, 1, 0]


def test_numbers_meet_their_written_form():
    assert TableHierarchy(LISTED).at(pd.Series([7.0]), 1).tolist() == ["y"]


@pytest.mark.parametrize(
    "levels",
    [
        pd.DataFrame({"level0": ["a", "a"], "level1": ["x", "y"]}),
        pd.DataFrame({"level0": ["a", "b"], "level1": ["x", "x"], "level2": ["1", "2"]}),
        pd.DataFrame({"level0": ["a"], "level1": [None]}),
        pd.DataFrame({"value": ["a"]}),
    ],
)
def test_a_table_that_is_no_hierarchy_is_refused(levels):
    with pytest.raises(ContractError):
        TableHierarchy(levels)


def test_a_hierarchy_is_read_from_csv(tmp_path):
    path = tmp_path / "ward.csv"
    path.write_text("level0,level1,level2\nNA,x,*\nb,x,*\n")
    assert read_hierarchy(path).names == ("level0", "level1", "*")
    assert read_hierarchy(path).at(pd.Series(["NA"]), 1).tolist() == ["x"]
    path.write_text("level0,level0\na,b\n")
    with pytest.raises(ContractError, match=r"ward\.csv"):
        read_hierarchy(path)
