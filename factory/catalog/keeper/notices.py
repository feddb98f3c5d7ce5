"""What ends soon: licences, the evidence on releases, tokens. Who ends it is the calendar; this tells who keeps it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from factory.catalog.keeper.keeper import Keeper
from factory.catalog.keeper.usage import SOON
from factory.store.schema import licences, releases, tokens


@dataclass(frozen=True)
class Notice:
    """One end: of a `licence`, of the `evidence` on a release, or of a `token` (by the beginning of its digest).

    `last` is the last day, `days` how many are left: 0 on the day itself, negative once it has passed. No one's name.
    """

    kind: str
    what: str
    data: str
    last: dt.date
    days: int


def notices(keeper: Keeper, ahead: dt.timedelta = SOON) -> list[Notice]:
    """What ends within `ahead` or has ended, but for what was taken back or ended by hand; soonest first."""
    today = keeper.clock().astimezone(dt.UTC).date()
    data = (releases.c.name + "@" + releases.c.version).label("data")
    stands = sa.and_(releases.c.revoked.is_(None), licences.c.revoked.is_(None))
    of_licence = sa.join(licences, releases, licences.c.candidate == releases.c.candidate)
    queries = {
        "licence": sa.select(licences.c.id.label("what"), data, licences.c.expires.label("last"))
        .select_from(of_licence)
        .where(stands),
        "evidence": sa.select(data.label("what"), data, releases.c.evidence_expires.label("last")).where(
            releases.c.revoked.is_(None), releases.c.evidence_expires.is_not(None)
        ),
        "token": sa.select(tokens.c.digest.label("what"), data, tokens.c.expires.label("last"))
        .select_from(of_licence.join(tokens, tokens.c.licence == licences.c.digest))
        .where(stands, tokens.c.ended.is_(None)),
    }
    found = []
    with keeper.store.reading() as connection:
        for kind, query in queries.items():
            for row in connection.execute(query):
                last = dt.date.fromisoformat(row.last[:10])
                what = row.what[:12] if kind == "token" else row.what
                found.append(Notice(kind, what, row.data, last, (last - today).days))
    return sorted(
        (notice for notice in found if notice.days <= ahead.days), key=lambda item: (item.last, item.kind, item.what)
    )
