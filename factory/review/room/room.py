"""The room: what may be done in it, each act one transaction together with its entry in the log."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from factory.audit import Act, Entry, Outcome
from factory.audit.proof import Proof
from factory.core.documents import is_text, read_capped
from factory.core.errors import NotReady, ReviewError
from factory.core.files import canonical_json, sha256_bytes
from factory.core.run import RunState
from factory.review import policies
from factory.review.attestations import Attestation, check_answered, check_attestation
from factory.review.candidate import CANDIDATE, Candidate, check_files, load_candidate, parse_candidate
from factory.review.people import People, same_person
from factory.review.people import plain as plain_name
from factory.review.permissions import check_not_producer, check_producer
from factory.review.room import blobs as blob
from factory.review.room import rows
from factory.review.room.people import add_people, read_people
from factory.review.room.submission import Comment, Page, Submission, check_document, stamp, submission_of, summarised
from factory.review.states import Event, advance
from factory.review.votes import Decision, Vote, check_signature, moment
from factory.store import Store, log, open_store
from factory.store.schema import attestations, comments, submissions, votes

RULE = "factory"
"""Who is logged for what follows from the rules and not from a person."""
CLOCK_TOLERANCE = dt.timedelta(minutes=10)
AHEAD = dt.timedelta(seconds=30)
"""How far behind, and ahead of, the room's clock the one may be by which something is dated."""
LONGEST_COMMENT = 4000
MOST_COMMENTS = 200
"""Of one person on one candidate."""

_DECIDED = {
    Decision.APPROVE: (Event.SECOND_APPROVAL, Outcome.APPROVED),
    Decision.ASK_CHANGES: (Event.ASK_CHANGES, Outcome.CHANGES_ASKED),
    Decision.REJECT: (Event.REJECT, Outcome.REJECTED),
}

_DUE = {True: (Event.TIME_OUT, Act.DECIDE, Outcome.TIMED_OUT), False: (Event.EXPIRE, Act.EXPIRE, Outcome.DONE)}
"""What the calendar brings a candidate, by whether it awaits review."""


def utc_now() -> dt.datetime:
    """The time."""
    return dt.datetime.now(dt.UTC)


def open_room(home: Path, url: str = "", clock: Callable[[], dt.datetime] = utc_now) -> Room:
    """The room whose files lie in `home`; its store is `home`/room.db unless a `url` says otherwise.

    Raises: StorageError.
    """
    return Room(open_store(url or f"sqlite:///{home.resolve() / 'room.db'}"), home / "blobs", clock)


class Room:
    """Candidates and what people did to them. Errors are FactoryErrors, each a sentence."""

    def __init__(self, store: Store, blobs: Path, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self.store, self.blobs, self.clock = store, blobs, clock

    # People

    def add_people(self, people: People, by: str) -> None:
        """Register everybody of a people.yaml. Raises: KeyInvalid when a name or key is taken by another."""
        with self.store.writing() as connection:
            log.hold(connection)
            for digest in add_people(connection, people):
                log.append(connection, by, Act.ACCOUNT, digest, Outcome.DONE, self.clock())

    def people(self) -> People:
        """Everybody who is registered."""
        with self.store.reading() as connection:
            return read_people(connection)

    # Candidates

    def submit(self, folder: Path, by: str) -> Submission:
        """Bring a candidate's folder in; the same candidate again is no second one.

        Raises: NotReady, ReviewError when a file is not what the candidate lists, StorageError, DiskFull.
        """
        candidate, digest = load_candidate(folder)
        if not same_person(by, candidate.producer):
            raise ReviewError(f"{by} did not produce this candidate.", "Its producer submits it.")
        check_producer(self.people(), candidate)
        if candidate.verdict == "fail":
            raise ReviewError("The gates refused this candidate.", "Mend the cause and produce it again.")
        check_files(folder, candidate)
        blob.bring_in(self.blobs, folder, candidate)
        summary, expires = summarised(self.blobs, candidate)
        document = read_capped(folder / CANDIDATE)
        if sha256_bytes(document) != digest:
            raise ReviewError("The candidate was changed while it was submitted.", "Submit it again.")
        now = self.clock()
        with self.store.writing() as connection:
            log.hold(connection)  # so that of two who bring in the same one is first, and nobody sweeps meanwhile
            blob.check_there(self.blobs, candidate)
            if self._row(connection, digest) is None:
                values = {
                    "digest": digest,
                    "name": candidate.name,
                    "title": candidate.title,
                    "state": RunState.AWAITING_REVIEW.value,
                    "submitted": stamp(now),
                    "review_by": candidate.review_by.isoformat(),
                    "expires": expires,
                    "document": document,
                    "summary": summary,
                }
                connection.execute(sa.insert(submissions).values(values))
                log.append(connection, candidate.producer, Act.SUBMIT, digest, Outcome.DONE, now)
        return self.get(digest)

    def queue(
        self, states: Collection[RunState] | None = None, search: str = "", limit: int = 50, offset: int = 0
    ) -> Page[Submission]:
        """Candidates, newest first, in `states`, whose name or title holds `search`."""
        self.settle()
        if not is_text(search):
            return Page((), 0)
        query = sa.select(submissions)
        if states is not None:
            query = query.where(submissions.c.state.in_([state.value for state in states]))
        if search.strip():
            held = search.strip().lower()
            columns = (submissions.c.name, submissions.c.title)
            either = [sa.func.lower(column).contains(held, autoescape=True) for column in columns]
            query = query.where(sa.or_(*either))
        with self.store.reading() as connection:
            total = connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
            ordered = query.order_by(submissions.c.submitted.desc(), submissions.c.digest)
            found = connection.execute(ordered.limit(limit).offset(offset)).all()
            counts = rows.counts(connection, [row.digest for row in found])
        return Page(tuple(submission_of(row, counts.get(row.digest, 0)) for row in found), int(total))

    def counts(self) -> dict[RunState, int]:
        """How many candidates are in each state."""
        query = sa.select(submissions.c.state, sa.func.count()).group_by(submissions.c.state)
        with self.store.reading() as connection:
            found = {RunState(state): int(count) for state, count in connection.execute(query)}
        return {state: found.get(state, 0) for state in RunState}

    def get(self, digest: str) -> Submission:
        """One candidate. Raises: NotReady when it is not in the room."""
        self.settle()
        with self.store.reading() as connection:
            row = self._row(connection, digest)
            if row is None:
                raise NotReady("There is no such candidate in this room.", "See: factory room list")
            return submission_of(row, rows.counts(connection, [digest]).get(digest, 0))

    def file(self, digest: str, path: str) -> Path:
        """Where the bytes of a file of a candidate lie, which are those that were submitted.

        Raises: NotReady when the candidate lists no such path, ReviewError when the bytes are others, StorageError.
        """
        entry = self.get(digest).candidate.files.get(path)
        if entry is None:
            raise NotReady("The candidate has no such file.", "")
        return blob.proven(self.blobs, entry.sha256, path)

    def previous(self, digest: str) -> Submission | None:
        """The last released candidate of the same data set before this one, or the last approved."""
        here = self.get(digest)
        for state in (RunState.RELEASED, RunState.APPROVED):
            query = (
                sa.select(submissions)
                .where(submissions.c.name == here.name, submissions.c.state == state.value)
                .where(submissions.c.digest != digest, submissions.c.submitted <= stamp(here.submitted))
                .order_by(submissions.c.submitted.desc())
                .limit(1)
            )
            with self.store.reading() as connection:
                row = connection.execute(query).one_or_none()
            if row is not None:
                return submission_of(row, 0)
        return None

    # Acts of people

    def vote(self, vote: Vote) -> Submission:
        """Count a signed vote and settle what the votes come to; the same vote again changes nothing.

        Raises: ReviewError.
        """
        payload, data = vote.payload, vote.data()
        self.settle()
        with self.store.writing() as connection:
            log.hold(connection)  # first, so that who is registered does not change between looking and entering
            candidate, state = self._open(connection, payload.candidate)
            if not rows.is_there(connection, votes, sha256_bytes(data)):
                now = self.clock()
                check_signature(vote, read_people(connection), ReviewError)
                check_not_producer(candidate, payload.name)
                policies.check_open(state, candidate, now.date())
                before = rows.votes(connection, payload.candidate)
                policies.check_first_vote(before, payload.name)
                self._check_clock(payload.at, now)
                policies.check_decision(candidate, payload)
                answers = rows.answers(connection, payload.candidate)
                policies.check_dated_vote(payload, answers)
                if payload.decision is Decision.APPROVE:
                    check_answered(candidate, answers, moment(payload.at))
                    check_answered(candidate, answers, now)
                values = {
                    "digest": sha256_bytes(data),
                    "candidate": payload.candidate,
                    "plain": plain_name(payload.name),
                    "document": data,
                }
                connection.execute(sa.insert(votes).values(values))
                log.append(connection, payload.name, Act.VOTE, sha256_bytes(data), Outcome.DONE, now)
                self._decide(connection, candidate, state, payload.candidate, (*before, vote), answers)
        return self.get(payload.candidate)

    def attest(self, attestation: Attestation) -> Submission:
        """Keep a signed answer; the latest to a question stands. Raises: ReviewError."""
        payload, data = attestation.payload, attestation.data()
        self.settle()
        with self.store.writing() as connection:
            log.hold(connection)
            candidate, state = self._open(connection, payload.candidate)
            if not rows.is_there(connection, attestations, sha256_bytes(data)):
                now = self.clock()
                policies.check_open(state, candidate, now.date())
                check_attestation(attestation, candidate, payload.candidate, read_people(connection))
                self._check_clock(payload.at, now)
                before = rows.votes(connection, payload.candidate)
                policies.check_dated_answer(payload, before, rows.answers(connection, payload.candidate))
                values = {"digest": sha256_bytes(data), "candidate": payload.candidate, "document": data}
                connection.execute(sa.insert(attestations).values(values))
                log.append(connection, payload.name, Act.ATTEST, sha256_bytes(data), Outcome.DONE, now)
        return self.get(payload.candidate)

    def comment(self, digest: str, who: str, text: str) -> Comment:
        """Keep what somebody wrote; the same words by the same person are kept once. Raises: NotReady, ReviewError."""
        with self.store.writing() as connection:
            log.hold(connection)
            self._open(connection, digest)
            mine = sa.select(sa.func.count()).where(comments.c.candidate == digest, comments.c.name == who)
            if connection.execute(mine).scalar_one() >= MOST_COMMENTS:
                raise ReviewError(f"You wrote {MOST_COMMENTS} comments on this candidate already.", "")
            return self._comment(connection, digest, who, text)

    def _comment(self, connection: Connection, digest: str, who: str, text: str) -> Comment:
        said = text.replace("\r\n", "\n").strip()  # a browser sends a line break as two signs
        if not said or len(said) > LONGEST_COMMENT or not is_text(said):
            raise ReviewError(f"A comment has 1 to {LONGEST_COMMENT} printable signs.", "Write it again.")
        now = self.clock()
        key = sha256_bytes(canonical_json({"candidate": digest, "name": who, "text": said}))
        if not rows.is_there(connection, comments, key):
            values = {"digest": key, "candidate": digest, "name": who, "at": stamp(now), "text": said}
            connection.execute(sa.insert(comments).values(values))
            log.append(connection, who, Act.COMMENT, key, Outcome.DONE, now)
        return Comment(who, stamp(now), said)

    def mark_released(self, digest: str, by: str) -> Submission:
        """Note that a bundle of an approved candidate was sealed. Raises: NotReady, ReviewError."""
        with self.store.writing() as connection:
            log.hold(connection)
            return self._move(connection, digest, Event.RELEASE, by, Act.RELEASE, Outcome.DONE)

    def revoke(self, digest: str, by: str, reason: str) -> Submission:
        """Take a release back, with a reason that is kept as a comment. Raises: NotReady, ReviewError."""
        with self.store.writing() as connection:
            log.hold(connection)
            self._open(connection, digest)
            self._comment(connection, digest, by, reason)
            return self._move(connection, digest, Event.REVOKE, by, Act.REVOKE, Outcome.DONE)

    def revoke_within(self, connection: Connection, digest: str, by: str) -> None:
        """Take a release back in a transaction that the catalogue began, whose own act gives the reason."""
        self._move(connection, digest, Event.REVOKE, by, Act.REVOKE, Outcome.DONE)

    @contextlib.contextmanager
    def acting(self, who: str, act: Act, subject: str) -> Iterator[Connection]:
        """One transaction for an act that changes no candidate, and its entry. Raises: StorageError."""
        with self.store.writing() as connection:
            log.hold(connection)
            yield connection
            log.append(connection, who, act, subject, Outcome.DONE, self.clock())

    def log_act(self, who: str, act: Act, subject: str, outcome: Outcome) -> None:
        """Enter an act that changes nothing, as a sign-in that was refused."""
        with self.store.writing() as connection:
            log.append(connection, who, act, subject, outcome, self.clock())

    def sweep(self) -> int:
        """Remove files that a submission cut short has left behind; returns how many."""
        with self.store.writing() as connection:
            log.hold(connection)
            documents = connection.execute(sa.select(submissions.c.document)).scalars()
            wanted = {entry.sha256 for data in documents for entry in parse_candidate(bytes(data)).files.values()}
            return blob.sweep(self.blobs, wanted)

    # What follows from the calendar

    def settle(self) -> int:
        """Refuse what nobody answered in time and expire what has outlived its evidence; returns how many moved."""
        today = self.clock().astimezone(dt.UTC).date().isoformat()
        late = sa.and_(submissions.c.state == RunState.AWAITING_REVIEW.value, submissions.c.review_by < today)
        over = sa.and_(
            submissions.c.state.in_([RunState.APPROVED.value, RunState.RELEASED.value]), submissions.c.expires < today
        )
        query = sa.select(submissions.c.digest, submissions.c.state).where(sa.or_(late, over))
        with self.store.reading() as connection:
            due = connection.execute(query).all()
        for digest, state in due:
            with self.store.writing() as connection:
                log.hold(connection)
                event, act, outcome = _DUE[state == RunState.AWAITING_REVIEW.value]
                if policies.follows(self._open(connection, digest)[1], event):  # nobody else was faster
                    self._move(connection, digest, event, RULE, act, outcome)
        return len(due)

    # What is shown

    def open_votes(self, digest: str) -> tuple[Vote, ...]:
        """Votes that may be shown: none until the review is decided."""
        with self.store.reading() as connection:
            row = self._row(connection, digest)
            if row is None or row.state == RunState.AWAITING_REVIEW.value:
                return ()
            return rows.votes(connection, digest)

    def decided(self, digest: str) -> tuple[tuple[Vote, ...], tuple[Attestation, ...]]:
        """Of a decided candidate, the votes that count and the answers by those who may answer."""
        submission = self.get(digest)
        with self.store.reading() as connection:
            cast, given = rows.votes(connection, digest), rows.answers(connection, digest)
            return policies.that_count(submission.candidate, digest, cast, given, read_people(connection))

    def has_voted(self, digest: str, name: str) -> bool:
        """True when that person's vote on the candidate is in."""
        query = sa.select(votes.c.digest).where(votes.c.candidate == digest, votes.c.plain == plain_name(name))
        with self.store.reading() as connection:
            return connection.execute(query).first() is not None

    def answers(self, digest: str) -> tuple[Attestation, ...]:
        """All answers about a candidate, standing or not."""
        with self.store.reading() as connection:
            return rows.answers(connection, digest)

    def comments(self, digest: str) -> tuple[Comment, ...]:
        """Comments on a candidate, oldest first."""
        query = sa.select(comments).where(comments.c.candidate == digest).order_by(comments.c.at, comments.c.digest)
        with self.store.reading() as connection:
            return tuple(Comment(row.name, row.at, row.text) for row in connection.execute(query))

    def history(self, digest: str | None = None, limit: int = 50, offset: int = 0) -> Page[Entry]:
        """Log entries about a candidate, its votes, answers and comments, or all; newest first.

        That somebody voted is not shown before the review is decided: beside an answer of "no", or none, it would tell
        which way.
        """
        with self.store.reading() as connection:
            subjects = None if digest is None else rows.subjects(connection, digest)
            shown, total = log.entries(connection, subjects, limit, offset, rows.blind())
        return Page(shown, total)

    def checkpoint(self) -> str:
        """`size:root` of the log."""
        with self.store.reading() as connection:
            return log.checkpoint(connection)

    def proof(self, digest: str) -> Proof:
        """Proof that all that was done to a candidate stands in the log."""
        with self.store.reading() as connection:
            return log.prove(connection, rows.subjects(connection, digest))

    # Within a transaction

    def _row(self, connection: Connection, digest: str, *, lock: bool = False) -> sa.Row[tuple[object, ...]] | None:
        query = sa.select(submissions).where(submissions.c.digest == digest)
        return connection.execute(query.with_for_update() if lock else query).one_or_none()

    def _open(self, connection: Connection, digest: str) -> tuple[Candidate, RunState]:
        """A candidate, held until the transaction ends. Raises: NotReady."""
        row = self._row(connection, digest, lock=True)
        if row is None:
            raise NotReady("There is no such candidate in this room.", "See: factory room list")
        check_document(row)
        return parse_candidate(bytes(row.document)), RunState(row.state)

    def _check_clock(self, at: str, now: dt.datetime) -> None:
        if not -AHEAD <= now - moment(at) <= CLOCK_TOLERANCE:
            raise ReviewError("It was signed at another time than now.", "Set the clock right, and sign again.")

    def _decide(
        self,
        connection: Connection,
        candidate: Candidate,
        state: RunState,
        digest: str,
        cast: Collection[Vote],
        answers: Collection[Attestation],
    ) -> None:
        # Once more from what is stored: a row put in by hand counts for nothing, nor who has lost the role since.
        counted, standing = policies.that_count(candidate, digest, cast, answers, read_people(connection))
        decision = policies.tally(counted)
        if decision is None:
            advance(state, Event.FIRST_VOTE)
            return
        if decision is Decision.APPROVE:
            policies.check_approved(candidate, digest, counted, standing)
        event, outcome = _DECIDED[decision]
        self._set(connection, digest, advance(state, event))
        log.append(connection, RULE, Act.DECIDE, digest, outcome, self.clock())

    def _move(
        self, connection: Connection, digest: str, event: Event, by: str, act: Act, outcome: Outcome
    ) -> Submission:
        _, state = self._open(connection, digest)
        after = advance(state, event)
        if after is not state:
            self._set(connection, digest, after)
            log.append(connection, by, act, digest, outcome, self.clock())
        return submission_of(self._row(connection, digest), rows.counts(connection, [digest]).get(digest, 0))

    def _set(self, connection: Connection, digest: str, state: RunState) -> None:
        connection.execute(sa.update(submissions).where(submissions.c.digest == digest).values(state=state.value))
