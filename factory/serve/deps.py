"""What routes need of a request: the room, who is visiting, and proof that a form is ours."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Depends, Header, HTTPException, Path, Request

from factory.review.room import Room
from factory.serve.accounts import Visitor, visitor
from factory.serve.settings import Settings

Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of candidate.json.")]


def the_room(request: Request) -> Room:
    """The room."""
    room: Room = request.app.state.room
    return room


def the_settings(request: Request) -> Settings:
    """How it is served."""
    settings: Settings = request.app.state.settings
    return settings


def maybe_visitor(request: Request) -> Visitor | None:
    """Who is signed in, by the session's cookie alone: a token in an address or a header counts for nothing."""
    token = request.cookies.get(the_settings(request).cookie, "")
    return visitor(the_room(request), token)


def signed_in(request: Request) -> Visitor:
    """Who is signed in; sends others to the sign-in page."""
    found = maybe_visitor(request)
    if found is None:
        raise HTTPException(303, headers={"location": "/sign-in"})
    return found


def api_visitor(request: Request) -> Visitor:
    """Who is signed in; others get 401."""
    found = maybe_visitor(request)
    if found is None:
        raise HTTPException(401)
    return found


def acting(
    who: Annotated[Visitor, Depends(api_visitor)], x_csrf_token: Annotated[str, Header(max_length=100)] = ""
) -> Visitor:
    """Who is signed in and shows the session's own token, which another site cannot know."""
    if not secrets.compare_digest(x_csrf_token.encode(), who.session.csrf.encode()):
        raise HTTPException(403)
    return who


def check_form(who: Visitor, token: str) -> None:
    """A form carries the session's own token. Raises: HTTPException 403."""
    if not secrets.compare_digest(token.encode("utf-8", "replace"), who.session.csrf.encode()):
        raise HTTPException(403)


TheRoom = Annotated[Room, Depends(the_room)]
TheVisitor = Annotated[Visitor, Depends(signed_in)]
ApiVisitor = Annotated[Visitor, Depends(api_visitor)]
Acting = Annotated[Visitor, Depends(acting)]
