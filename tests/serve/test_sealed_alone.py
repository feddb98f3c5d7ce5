"""A sealed ZIP that came without its run: published as a run would be, without rows, refused when altered."""

import datetime as dt

import pytest
import yaml
from catalogue import sealed_now, today
from unit.candidates import LICENCE, OFFICER, licence_value

from factory.catalog.keeper import listing, open_keeper
from factory.catalog.keeper.check import check_catalogue
from factory.catalog.keeper.publishing import publish, publish_sealed
from factory.core.errors import BundleInvalid, FactoryError, NotReady
from factory.core.files import sha256_file
from factory.release.seal import seal
from factory.review.people import load_people


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return sealed_now(tmp_path_factory.mktemp("sealed"))


@pytest.fixture
def keeper(made, tmp_path, store_url):
    opened = open_keeper(tmp_path / "room", store_url, "")
    opened.room.add_people(load_people(made.run.people), "setup")
    yield opened
    opened.store.close()


def _entry(keeper):
    (found,) = listing.versions(keeper, "wards")
    return found.entry


def test_it_is_published_as_its_run_would_be_but_for_the_rows(made, keeper, tmp_path):
    candidate, fresh = publish_sealed(keeper, made.bundle_zip)
    assert (candidate.name, fresh) == ("wards", [LICENCE])
    check_catalogue(keeper.store)
    with keeper.storage.open(sha256_file(made.bundle_zip)) as handle:
        assert handle.read() == made.bundle_zip.read_bytes()
    alone = _entry(keeper)
    assert all(table["preview"] == [] for table in alone["tables"].values())
    beside = open_keeper(tmp_path / "beside", f"sqlite:///{tmp_path / 'beside.db'}", "")
    beside.room.add_people(load_people(made.run.people), "setup")
    publish(beside, made.run)
    whole = _entry(beside)
    beside.store.close()
    for table in whole["tables"].values():
        table["preview"] = []
    assert alone == whole


def test_again_adds_nothing(made, keeper):
    publish_sealed(keeper, made.bundle_zip)
    assert publish_sealed(keeper, made.bundle_zip)[1] == []
    check_catalogue(keeper.store)


def test_another_licensees_is_added(made, keeper, tmp_path):
    publish_sealed(keeper, made.bundle_zip)
    other = tmp_path / "other.yaml"
    terms = licence_value(id="L-OTHER", effective=today(), expires=today() + dt.timedelta(days=100))
    other.write_text(yaml.safe_dump(terms))
    now = dt.datetime.now(dt.UTC)
    seal(made.run, made.signed(other, now=now), OFFICER, made.key(OFFICER), now)
    assert publish_sealed(keeper, made.run.bundle_zip("L-OTHER"))[1] == ["L-OTHER"]
    assert len(listing.versions(keeper, "wards")) == 1


def test_one_changed_byte_and_what_is_not_there_are_refused_and_nothing_is_entered(made, keeper, tmp_path):
    data = bytearray(made.bundle_zip.read_bytes())
    data[len(data) // 2] ^= 1
    altered = tmp_path / "altered.zip"
    altered.write_bytes(data)
    with pytest.raises(BundleInvalid):
        publish_sealed(keeper, altered)
    with pytest.raises(FactoryError):
        publish_sealed(keeper, tmp_path / "absent.zip")
    with pytest.raises(NotReady, match="no such data set"):
        listing.versions(keeper, "wards")


def test_the_keys_of_strangers_are_refused(keeper, tmp_path):
    strangers = sealed_now(tmp_path / "strangers")
    with pytest.raises(BundleInvalid):
        publish_sealed(keeper, strangers.bundle_zip)
