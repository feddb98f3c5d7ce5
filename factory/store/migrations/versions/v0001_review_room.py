"""The review room: log, people, accounts, sessions, candidates, votes, answers, comments."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

EMPTY_ROOT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""SHA-256 of nothing: the root of a log without entries (RFC 6962 section 2.1)."""


def upgrade() -> None:
    """Make the tables and the head of an empty log."""
    op.create_table(
        "log_entries",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("root", sa.String(64), nullable=False),
    )
    op.create_index("log_entries_subject", "log_entries", ["subject"])
    head = op.create_table(
        "log_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("peaks", sa.Text, nullable=False),
        sa.Column("root", sa.String(64), nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "size": 0, "peaks": "", "root": EMPTY_ROOT}])
    _people()
    _candidates()


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("plain", sa.String(300), nullable=False, unique=True),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("public_key", sa.String(44), nullable=False, unique=True),
    )
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(300), sa.ForeignKey("people.name"), primary_key=True),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("totp", sa.String(64), nullable=False),
        sa.Column("totp_last", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.String(20)),
        sa.Column("language", sa.String(10), nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(300), sa.ForeignKey("people.name"), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("created", sa.String(20), nullable=False),
        sa.Column("seen", sa.String(20), nullable=False),
    )
    op.create_index("sessions_name", "sessions", ["name"])


def _candidates() -> None:
    op.create_table(
        "submissions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("submitted", sa.String(20), nullable=False),
        sa.Column("review_by", sa.String(10), nullable=False),
        sa.Column("expires", sa.String(10)),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
    )
    op.create_index("submissions_state", "submissions", ["state", "submitted"])
    op.create_index("submissions_name", "submissions", ["name", "submitted"])
    op.create_table(
        "votes",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("candidate", sa.String(64), sa.ForeignKey("submissions.digest"), nullable=False),
        sa.Column("plain", sa.String(300), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("candidate", "plain"),
    )
    op.create_table(
        "attestations",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("candidate", sa.String(64), sa.ForeignKey("submissions.digest"), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
    op.create_index("attestations_candidate", "attestations", ["candidate"])
    op.create_table(
        "comments",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("candidate", sa.String(64), sa.ForeignKey("submissions.digest"), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("comments_candidate", "comments", ["candidate"])
