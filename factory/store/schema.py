"""The tables of the store, as SQLAlchemy Core knows them. Migrations in `migrations/` make them.

Times are ISO 8601 text in UTC to the second, so that both databases hold and compare the same bytes.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

log_entries = Table(
    "log_entries",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", String(20), nullable=False),
    Column("who", Text, nullable=False),
    Column("act", String(40), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("root", String(64), nullable=False),
    Index("log_entries_subject", "subject"),
)

log_head = Table(
    "log_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", Integer, nullable=False),
    Column("peaks", Text, nullable=False),
    Column("root", String(64), nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("plain", String(300), nullable=False, unique=True),
    Column("roles", Text, nullable=False),
    Column("public_key", String(44), nullable=False, unique=True),
)

accounts = Table(
    "accounts",
    metadata,
    Column("name", String(300), ForeignKey("people.name"), primary_key=True),
    Column("password", Text, nullable=False),
    Column("totp", String(64), nullable=False),
    Column("totp_last", Integer, nullable=False, default=0),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", String(20)),
    Column("language", String(10), nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("name", String(300), ForeignKey("people.name"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created", String(20), nullable=False),
    Column("seen", String(20), nullable=False),
    Index("sessions_name", "name"),
)

submissions = Table(
    "submissions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("name", String(63), nullable=False),
    Column("title", Text, nullable=False),
    Column("state", String(30), nullable=False),
    Column("submitted", String(20), nullable=False),
    Column("review_by", String(10), nullable=False),
    Column("expires", String(10)),
    Column("document", LargeBinary, nullable=False),
    Column("summary", Text, nullable=False),
    Index("submissions_state", "state", "submitted"),
    Index("submissions_name", "name", "submitted"),
)

votes = Table(
    "votes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("candidate", String(64), ForeignKey("submissions.digest"), nullable=False),
    Column("plain", String(300), nullable=False),
    Column("document", LargeBinary, nullable=False),
    UniqueConstraint("candidate", "plain"),
)

attestations = Table(
    "attestations",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("candidate", String(64), ForeignKey("submissions.digest"), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Index("attestations_candidate", "candidate"),
)

comments = Table(
    "comments",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("candidate", String(64), ForeignKey("submissions.digest"), nullable=False),
    Column("name", String(300), nullable=False),
    Column("at", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Index("comments_candidate", "candidate"),
)

releases = Table(
    "releases",
    metadata,
    Column("candidate", String(64), primary_key=True),
    Column("name", String(63), nullable=False),
    Column("version", String(100), nullable=False),
    Column("title", Text, nullable=False),
    Column("published", String(20), nullable=False),
    Column("published_by", String(300), nullable=False),
    Column("evidence_expires", String(10)),
    Column("document", LargeBinary, nullable=False),
    Column("entry", Text, nullable=False),
    Column("revoked", String(20)),
    Column("reason", String(20)),
    Column("deprecated", String(20)),
    Column("successor", String(100)),
    UniqueConstraint("name", "version"),
)

licences = Table(
    "licences",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("id", String(100), nullable=False, unique=True),
    Column("candidate", String(64), ForeignKey("releases.candidate"), nullable=False),
    Column("licensee", String(300), nullable=False),
    Column("effective", String(10), nullable=False),
    Column("expires", String(10), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("file", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("revoked", String(20)),
    Column("reason", String(20)),
    Index("licences_candidate", "candidate"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("licence", String(64), ForeignKey("licences.digest"), nullable=False),
    Column("scope", String(20), nullable=False),
    Column("created", String(20), nullable=False),
    Column("expires", String(20), nullable=False),
    Column("family", String(64), nullable=False),
    Column("ended", String(20)),
    Index("tokens_licence", "licence"),
)

clients = Table(
    "clients",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("client", String(300), nullable=False),
    Column("licence", String(64), ForeignKey("licences.digest"), nullable=False),
    Column("created", String(20), nullable=False),
    Column("ended", String(20)),
    Index("clients_client", "client"),
)

pulls = Table(
    "pulls",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("licence", String(64), ForeignKey("licences.digest"), nullable=False),
    Column("who", String(300), nullable=False),
    Column("purpose", String(100), nullable=False),
    Column("at", String(20), nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("ended", String(20)),
    Index("pulls_licence", "licence", "at"),
)

requests = Table(
    "requests",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("name", String(63), nullable=False),
    Column("who", String(300), nullable=False),
    Column("at", String(20), nullable=False),
    Column("document", Text, nullable=False),
)

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("candidate", String(64), ForeignKey("releases.candidate"), primary_key=True),
    Column("at", String(20), nullable=False),
    Column("who", String(300), nullable=False),
    Column("successor", String(64), ForeignKey("releases.candidate")),
)
