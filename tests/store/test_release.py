"""A run whose review was held in a room, released from a terminal."""

import datetime as dt

import yaml
from store.rooms import setting
from unit.candidates import licence_value

from factory.core.run import RunState
from factory.release.verify import verify
from factory.review.room import Room


def test_what_the_room_decided_is_sealed_and_the_room_is_told(store, store_url, tmp_path, factory):
    soon = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=9)).isoformat()
    here = setting(store, tmp_path, review_by=soon)
    here.clock.now = dt.datetime.now(dt.UTC)
    today = dt.datetime.now(dt.UTC).date()
    value = licence_value(effective=today, expires=today + dt.timedelta(days=365))
    here.made.licence.write_text(yaml.safe_dump(value), encoding="utf-8")
    release = (
        "release", here.made.run.root, "--licence", here.made.signed(), "--as", "Ms Lee",
        "--key", here.made.key("Ms Lee"), "--room", tmp_path, "--store", store_url,
    )  # fmt: skip
    early = factory(*release)
    assert early.returncode == 50 and "still open" in early.stderr
    for name in ("Dr Wong", "Dr Lau"):
        here.room.vote(here.vote(name))
    done = factory(*release)
    assert done.returncode == 0, done.stderr
    verified = verify(here.made.bundle, here.made.run.people)
    assert set(verified.approvals) == {"Dr Wong", "Dr Lau"}
    assert Room(store, tmp_path / "blobs").get(here.digest).state is RunState.RELEASED
    assert factory(*release).returncode == 0  # again, to the same bundle
