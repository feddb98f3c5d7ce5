"""Who pulled what, when, how much, and what is due for it."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from factory.catalog.keeper.keeper import Keeper, Row
from factory.core.errors import NotReady
from factory.release.licence import Licence, parse_licence
from factory.store.schema import licences, pulls, releases

_IN_BUFFERS = 64 << 20
SOON = dt.timedelta(days=60)
"""How long ahead the owner is told of a licence that ends."""


@dataclass(frozen=True)
class Use:
    """What one licence was used for. `copies` is bytes sent over the file's, rounded up (see `counted`).

    `due` is None where the meter is not one that the catalogue reads: models are reported by the licensee.
    """

    licence: str
    licensee: str
    name: str
    version: str
    effective: str
    expires: str
    pulls: int
    bytes: int
    copies: int
    last: str
    meter: str
    due: Decimal | None
    currency: str
    state: str


def uses(keeper: Keeper, search: str = "") -> list[Use]:
    """Each licence's use, by licensee and id; of those that hold `search` where it is given."""
    today = keeper.clock().astimezone(dt.UTC).date()
    query = (
        sa.select(licences, releases.c.name, releases.c.version, releases.c.revoked.label("withdrawn"))
        .join(releases, releases.c.candidate == licences.c.candidate)
        .order_by(licences.c.licensee, licences.c.id)
    )
    sent: dict[str, list[Row]] = defaultdict(list)
    with keeper.store.reading() as connection:
        for row in connection.execute(sa.select(pulls).order_by(pulls.c.at, pulls.c.id)):
            sent[row.licence].append(row)
        found = [_use(row, sent[row.digest], today) for row in connection.execute(query)]
    held = search.strip().lower()
    return [use for use in found if held in f"{use.licence} {use.licensee} {use.name}".lower()]


def records(keeper: Keeper, limit: int = 100, offset: int = 0) -> tuple[list[Row], int]:
    """Single pulls, newest first, with licence, licensee and data set; and how many there are."""
    query = (
        sa.select(pulls, licences.c.id.label("licence_id"), licences.c.licensee, releases.c.name, releases.c.version)
        .join(licences, licences.c.digest == pulls.c.licence)
        .join(releases, releases.c.candidate == licences.c.candidate)
        .order_by(pulls.c.at.desc(), pulls.c.id)
    )
    with keeper.store.reading() as connection:
        total = connection.execute(sa.select(sa.func.count()).select_from(pulls)).scalar_one()
        return list(connection.execute(query.limit(limit).offset(offset))), int(total)


def as_csv(found: Iterable[Use]) -> str:
    """Each licence's use as CSV; what a spreadsheet would take for a formula is given as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = list(Use.__dataclass_fields__)
    writer.writerow(names)
    for use in found:
        writer.writerow([_cell(getattr(use, name)) for name in names])
    return out.getvalue()


def due(licence: Licence, copies: int, rows: int, today: dt.date) -> Decimal | None:
    """What is due under a licence: copies and rows as sent, months as begun. None where it cannot be known here."""
    royalty = licence.royalty
    if royalty is None:
        return Decimal(0)
    amount = Decimal(royalty.amount)
    match royalty.meter:
        case "pull":
            return amount * copies
        case "thousand-rows":
            return amount * copies * rows / 1000
        case "month":
            return amount * _months(licence.effective, min(today, licence.expires))
        case _:
            return None


def _months(first: dt.date, last: dt.date) -> int:
    """Months begun from one day to another."""
    if last < first:
        return 0
    whole = (last.year - first.year) * 12 + last.month - first.month
    return whole + (1 if last.day >= first.day else 0)


def counted(rows: Iterable[Row], size: int) -> int:
    """Bytes sent of a file of that size, those once that a pull which was cut short and its resumption have in common.

    What lay in buffers when a line was cut was sent, and never came. No more is let off than a tenth of the file, or
    64 MiB: resuming from the start would be pulling twice.
    """
    total, cut = 0, dict[str, int]()
    for row in rows:
        total += row.bytes
        ahead = cut.pop(row.who, 0) - row.start
        if row.start and 0 < ahead <= min(_IN_BUFFERS, size // 10):
            total -= ahead
        if row.start + row.bytes < size:
            cut[row.who] = row.start + row.bytes
    return total


def _use(row: Row, rows: list[Row], today: dt.date) -> Use:
    licence = parse_licence(bytes(row.document), "licence.yaml", NotReady)
    copies = -(-counted(rows, row.size) // row.size)
    amount = due(licence, copies, row.rows, today)
    return Use(
        licence=row.id,
        licensee=row.licensee,
        name=row.name,
        version=row.version,
        effective=row.effective,
        expires=row.expires,
        pulls=len(rows),
        bytes=sum(one.bytes for one in rows),
        copies=copies,
        last=max((one.at for one in rows), default=""),
        meter=licence.royalty.meter if licence.royalty else "",
        due=None if amount is None else amount.quantize(Decimal("0.01")),
        currency=licence.royalty.currency if licence.royalty else "",
        state=_state(row, today),
    )


def _state(row: Row, today: dt.date) -> str:
    if row.revoked is not None or row.withdrawn is not None:
        return "revoked"
    last = dt.date.fromisoformat(row.expires)
    if today > last:
        return "expired"
    return "ends soon" if last - today <= SOON else "in force"


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
