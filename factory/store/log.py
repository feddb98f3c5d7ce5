"""The audit log in the store: the same entries and the same Merkle tree as `factory.audit`, a row an entry.

An entry is written in the transaction of the act it tells of: both are there, or neither. The row of `log_head` is
locked meanwhile, so that entries have one order; it holds the tree's peaks, which make the next root in O(log n).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from json.encoder import encode_basestring

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from factory.audit import merkle
from factory.audit.log import Act, Entry, Outcome
from factory.audit.proof import Included, Proof
from factory.core.errors import RunError
from factory.store.engine import Store
from factory.store.schema import log_entries, log_head

_PIECE = 20_000
_CANONICAL = '{"act":%s,"at":%s,"number":%d,"outcome":%s,"subject":%s,"who":%s}'
_SIGNED = ("number", "at", "who", "act", "subject", "outcome")
_Row = Row[tuple[int, str, str, str, str, str, str]]


def append(connection: Connection, who: str, act: Act, subject: str, outcome: Outcome, at: dt.datetime) -> Entry:
    """Enter an act in the transaction of `connection`. Nothing here may be a value of the data. Raises: RunError."""
    head = hold(connection)
    peaks = [bytes.fromhex(peak) for peak in head.peaks.split()]
    stamp = at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    entry = Entry(number=head.size + 1, at=stamp, who=who, act=act, subject=subject, outcome=outcome)
    grown = merkle.grow(peaks, head.size, entry.leaf())
    root = merkle.root_of(grown).hex()
    connection.execute(sa.insert(log_entries).values(**entry.model_dump(mode="json"), root=root))
    head_after = {"size": entry.number, "peaks": _text(grown), "root": root}
    connection.execute(sa.update(log_head).where(log_head.c.id == 1).values(head_after))
    return entry


def hold(connection: Connection) -> Row[tuple[int, int, str, str]]:
    """The log's head, held until the transaction ends: who holds it writes alone. Raises: RunError."""
    return _head(connection, sa.select(log_head).where(log_head.c.id == 1).with_for_update())


def entries(
    connection: Connection,
    subjects: Collection[str] | None = None,
    limit: int = 50,
    offset: int = 0,
    hidden: sa.Select[tuple[str]] | None = None,
) -> tuple[tuple[Entry, ...], int]:
    """Entries, newest first, about `subjects` or all, but for the `hidden` subjects; and how many there are."""
    query = sa.select(log_entries)
    if hidden is not None:
        query = query.where(log_entries.c.subject.not_in(hidden))
    if subjects is not None:
        query = query.where(log_entries.c.subject.in_(list(subjects)))
    total = connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    rows = connection.execute(query.order_by(log_entries.c.number.desc()).limit(limit).offset(offset))
    return tuple(_entry(row) for row in rows), int(total)


def checkpoint(connection: Connection) -> str:
    """`size:root` of the log as the head says; `verify` proves it. Raises: RunError."""
    head = _head(connection, sa.select(log_head).where(log_head.c.id == 1))
    return f"{head.size}:{head.root}"


def verify(store: Store, earlier: str = "") -> str:
    """Recompute the whole log from its entries and return its checkpoint.

    With an `earlier` checkpoint the log must also still begin with what it stood for then. Raises: RunError that names
    the first entry that fails.
    """
    size_then, root_then = parse_checkpoint(earlier) if earlier else (0, "")
    peaks: list[bytes] = []
    seen = 0
    with store.reading() as connection:
        head = connection.execute(sa.select(log_head).where(log_head.c.id == 1)).one_or_none()
        for row in _all(connection):
            seen += 1
            if row.number != seen:
                raise _broken(seen, "is missing or out of order")
            peaks = merkle.grow(peaks, seen - 1, _leaf(row))
            root = merkle.root_of(peaks).hex()
            if root != row.root:
                raise _broken(seen, "is not as it was written")
            if seen == size_then and root != root_then:
                raise RunError(
                    f"Entries 1 to {seen} of the audit log are not those of the checkpoint.",
                    "The log was rewritten; compare with a sealed bundle, which holds proof of its own.",
                )
    if seen < size_then:
        raise _broken(seen + 1, f"is missing: the checkpoint counts {size_then}, the log {seen}")
    if head is None or head.size != seen or _text(peaks) != head.peaks or merkle.root_of(peaks).hex() != head.root:
        raise _broken(min(seen, head.size if head else 0) + 1, "is not as it was written, or one before it")
    return f"{seen}:{merkle.root_of(peaks).hex()}"


def parse_checkpoint(text: str) -> tuple[int, str]:
    """Size and root of `size:root`. Raises: RunError."""
    digits, _, root = text.strip().partition(":")
    if not digits.isdecimal() or not digits.isascii() or len(digits) > 12 or len(root) != 64:
        raise RunError("The checkpoint is not of the form size:root.", "Use what `factory audit verify` printed.")
    return int(digits), root


def prove(connection: Connection, subjects: Collection[str]) -> Proof:
    """Proof that the entries about `subjects` stand in the log, against its root now."""
    leaves: list[bytes] = []
    chosen: list[Entry] = []
    for row in _all(connection):
        leaves.append(_leaf(row))
        if row.subject in subjects:
            chosen.append(_entry(row))
    paths = merkle.inclusion_proofs(leaves, [entry.number - 1 for entry in chosen])
    shown = tuple(
        Included(entry=entry, path=tuple(step.hex() for step in path))
        for entry, path in zip(chosen, paths, strict=True)
    )
    return Proof(size=len(leaves), root=merkle.root(leaves).hex(), entries=shown)


def _head(connection: Connection, query: sa.Select[tuple[int, int, str, str]]) -> Row[tuple[int, int, str, str]]:
    head = connection.execute(query).one_or_none()
    if head is None:
        raise RunError("The audit log has lost its head.", "Restore the store from a backup.")
    return head


def _all(connection: Connection) -> Iterator[_Row]:
    streaming = connection.execution_options(yield_per=_PIECE)
    yield from streaming.execute(sa.select(log_entries).order_by(log_entries.c.number))


def _leaf(row: _Row) -> bytes:
    """Leaf hash of an entry as it stands in the table: `Entry.leaf` without the model, for logs of millions.

    Raises: RunError when what stands there is not even text.
    """
    number, at, who, act, subject, outcome = (getattr(row, name) for name in _SIGNED)
    quoted = encode_basestring
    try:
        text = _CANONICAL % (quoted(act), quoted(at), number, quoted(outcome), quoted(subject), quoted(who))
        return merkle.leaf_hash(text.encode())
    except (TypeError, UnicodeEncodeError):
        raise _broken(number, "is not as it was written") from None


def _entry(row: _Row) -> Entry:
    value = {name: getattr(row, name) for name in ("number", "at", "who", "subject")}
    try:
        return Entry(**value, act=Act(row.act), outcome=Outcome(row.outcome))
    except ValueError:
        raise _broken(row.number, "is not as it was written") from None


def _text(peaks: list[bytes]) -> str:
    return " ".join(peak.hex() for peak in peaks)


def _broken(number: int, what: str) -> RunError:
    return RunError(f"Entry {number} of the audit log {what}.", "Restore the store from a backup; it is only added to.")
