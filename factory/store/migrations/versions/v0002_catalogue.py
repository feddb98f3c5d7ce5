"""The catalogue: releases, licences, tokens, clients, pulls, requests, withdrawals."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the catalogue's tables."""
    _licensed()
    _used()


def _licensed() -> None:
    op.create_table(
        "releases",
        sa.Column("candidate", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("published", sa.String(20), nullable=False),
        sa.Column("published_by", sa.String(300), nullable=False),
        sa.Column("evidence_expires", sa.String(10)),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("revoked", sa.String(20)),
        sa.Column("reason", sa.String(20)),
        sa.Column("deprecated", sa.String(20)),
        sa.Column("successor", sa.String(100)),
        sa.UniqueConstraint("name", "version"),
    )
    op.create_table(
        "licences",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(100), nullable=False, unique=True),
        sa.Column("candidate", sa.String(64), sa.ForeignKey("releases.candidate"), nullable=False),
        sa.Column("licensee", sa.String(300), nullable=False),
        sa.Column("effective", sa.String(10), nullable=False),
        sa.Column("expires", sa.String(10), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("file", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("revoked", sa.String(20)),
        sa.Column("reason", sa.String(20)),
    )
    op.create_index("licences_candidate", "licences", ["candidate"])


def _used() -> None:
    op.create_table(
        "tokens",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("licence", sa.String(64), sa.ForeignKey("licences.digest"), nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("created", sa.String(20), nullable=False),
        sa.Column("expires", sa.String(20), nullable=False),
        sa.Column("family", sa.String(64), nullable=False),
        sa.Column("ended", sa.String(20)),
    )
    op.create_index("tokens_licence", "tokens", ["licence"])
    op.create_table(
        "clients",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("client", sa.String(300), nullable=False),
        sa.Column("licence", sa.String(64), sa.ForeignKey("licences.digest"), nullable=False),
        sa.Column("created", sa.String(20), nullable=False),
        sa.Column("ended", sa.String(20)),
    )
    op.create_index("clients_client", "clients", ["client"])
    op.create_table(
        "pulls",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("licence", sa.String(64), sa.ForeignKey("licences.digest"), nullable=False),
        sa.Column("who", sa.String(300), nullable=False),
        sa.Column("purpose", sa.String(100), nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.String(20)),
    )
    op.create_index("pulls_licence", "pulls", ["licence", "at"])
    op.create_table(
        "requests",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("who", sa.String(300), nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "withdrawals",
        sa.Column("candidate", sa.String(64), sa.ForeignKey("releases.candidate"), primary_key=True),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("who", sa.String(300), nullable=False),
        sa.Column("successor", sa.String(64), sa.ForeignKey("releases.candidate")),
    )
