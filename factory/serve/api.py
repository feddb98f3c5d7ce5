"""The room as JSON: the same acts as the pages, under the same rules, with the session's cookie and its CSRF token."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from factory.core.errors import ReviewError
from factory.core.run import RunState
from factory.review.attestations import Attestation
from factory.review.people import same_person
from factory.review.room import Submission
from factory.review.votes import Vote
from factory.serve.accounts import Visitor
from factory.serve.deps import Acting, ApiVisitor, Digest, TheRoom
from factory.serve.permissions import Action, check_may

router = APIRouter(prefix="/api/v1", tags=["room"])
_KNOWN: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in."},
    403: {"description": "Not allowed, or from another site."},
    404: {"description": "Not in this room."},
    409: {"description": "Refused, with a sentence that says why."},
    413: {"description": "Too much in one piece."},
    421: {"description": "Another host name."},
}


class Text(BaseModel):
    """Something written."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=4000)


def _body(model: type[BaseModel]) -> dict[str, Any]:
    """What the API's description says of a signed document, which is read from its bytes, strictly."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": model.model_json_schema()}}}}


async def _vote(request: Request) -> Vote:
    try:
        return Vote.model_validate_json(await request.body())
    except ValidationError:
        raise HTTPException(422) from None


async def _answer(request: Request) -> Attestation:
    try:
        return Attestation.model_validate_json(await request.body())
    except ValidationError:
        raise HTTPException(422) from None


@router.get("/candidates", responses=_KNOWN)
def candidates(
    room: TheRoom,
    who: ApiVisitor,
    state: Annotated[list[RunState] | None, Query(max_length=20)] = None,
    search: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> dict[str, Any]:
    """Candidates, newest first."""
    check_may(who.person, Action.READ)
    page = room.queue(state, search, limit, offset)
    return {"total": page.total, "items": [summary(item) for item in page.items]}


@router.get("/candidates/{digest}", responses=_KNOWN)
def candidate(room: TheRoom, who: ApiVisitor, digest: Digest) -> dict[str, Any]:
    """One candidate, with what is signed by those who vote on it."""
    check_may(who.person, Action.READ)
    found = room.get(digest)
    return {
        **summary(found),
        "candidate": found.candidate.model_dump(mode="json"),
        "decided": [vote.payload.model_dump(mode="json") for vote in room.open_votes(digest)],
        "answers": [answer.payload.model_dump(mode="json") for answer in room.answers(digest)],
        "comments": [comment.__dict__ for comment in room.comments(digest)],
    }


@router.get("/candidates/{digest}/files/{path:path}", responses=_KNOWN, response_class=Response)
def file(room: TheRoom, who: ApiVisitor, digest: Digest, path: str) -> Response:
    """The bytes of a file that the candidate lists."""
    check_may(who.person, Action.READ)
    return FileResponse(room.file(digest, path), media_type="application/octet-stream")


@router.post("/candidates/{digest}/votes", responses=_KNOWN, openapi_extra=_body(Vote))
def vote(room: TheRoom, who: Acting, digest: Digest, vote: Annotated[Vote, Depends(_vote)]) -> dict[str, Any]:
    """Cast a vote signed with the voter's own key."""
    check_may(who.person, Action.VOTE)
    _check_own(who, digest, vote.payload.name, vote.payload.candidate)
    return summary(room.vote(vote))


@router.post("/candidates/{digest}/answers", responses=_KNOWN, openapi_extra=_body(Attestation))
def answer(
    room: TheRoom, who: Acting, digest: Digest, answer: Annotated[Attestation, Depends(_answer)]
) -> dict[str, Any]:
    """Answer a question, signed with the answerer's own key."""
    check_may(who.person, Action.ANSWER)
    _check_own(who, digest, answer.payload.name, answer.payload.candidate)
    return summary(room.attest(answer))


@router.post("/candidates/{digest}/comments", responses=_KNOWN)
def comment(room: TheRoom, who: Acting, digest: Digest, written: Text) -> dict[str, str]:
    """Write beside a candidate."""
    check_may(who.person, Action.COMMENT)
    return dict(room.comment(digest, who.person.name, written.text).__dict__)


@router.post("/candidates/{digest}/revoke", responses=_KNOWN)
def revoke(room: TheRoom, who: Acting, digest: Digest, written: Text) -> dict[str, Any]:
    """Take a release back, with a reason."""
    check_may(who.person, Action.REVOKE)
    return summary(room.revoke(digest, who.person.name, written.text))


@router.get("/log", responses=_KNOWN)
def log(
    room: TheRoom,
    who: ApiVisitor,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
) -> dict[str, Any]:
    """The audit log, newest first, and its checkpoint."""
    check_may(who.person, Action.AUDIT)
    page = room.history(None, limit, offset)
    items = [entry.model_dump(mode="json") for entry in page.items]
    return {"checkpoint": room.checkpoint(), "total": page.total, "items": items}


def summary(found: Submission) -> dict[str, Any]:
    """What the queue shows of a candidate."""
    return {
        "digest": found.digest,
        "name": found.name,
        "version": found.version,
        "title": found.title,
        "producer": found.producer,
        "state": found.state.value,
        "submitted": found.submitted.isoformat(),
        "review_by": found.review_by.isoformat(),
        "expires": None if found.expires is None else found.expires.isoformat(),
        "verdict": found.verdict,
        "regimes": dict(found.regimes),
        "people": found.people,
        "rows": found.rows,
        "votes": None if found.state is RunState.AWAITING_REVIEW else found.votes,
    }


def _check_own(who: Visitor, digest: str, name: str, candidate: str) -> None:
    if candidate != digest:
        raise ReviewError("It was signed for another candidate.", "Open the page again.")
    if not same_person(name, who.person.name):
        raise ReviewError("It was signed in another name than yours.", "Sign in as that person.")
