"""Signing in and out, and the account's own page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from factory.core.errors import ReviewError
from factory.serve import accounts, oidc
from factory.serve.deps import TheRoom, TheVisitor, check_form, maybe_visitor, the_room, the_settings
from factory.serve.pages import language_of, page
from factory.words import LANGUAGES, words

router = APIRouter()
Field = Annotated[str, Form(max_length=400)]


@router.get("/sign-in")
def form(request: Request) -> Response:
    """The form."""
    if maybe_visitor(request) is not None:
        return RedirectResponse("/", 303)
    return page(request, "sign_in.html.j2", None, error="", provider=the_settings(request).provider is not None)


@router.post("/sign-in")
def sign_in(request: Request, room: TheRoom, name: Field = "", password: Field = "", code: Field = "") -> Response:
    """Name, password and code, all three or nothing."""
    address = request.client.host if request.client else ""
    try:
        token = accounts.sign_in(room, request.app.state.addresses, name.strip(), password, code, address)
    except ReviewError as error:
        said = words(language_of(request))(error.message)
        answer = page(request, "sign_in.html.j2", None, error=said, provider=the_settings(request).provider is not None)
        answer.status_code = 401
        return answer
    return _entered(request, token)


@router.get("/sign-in/provider")
def to_provider(request: Request) -> Response:
    """Off to the OpenID provider."""
    settings = the_settings(request)
    if settings.provider is None:
        raise ReviewError("This room has no OpenID provider.")
    address, begun = oidc.start(settings.provider, _back(request))
    answer = RedirectResponse(address, 303)
    # Lax, because the way back comes from the provider's site; short-lived, and good for nothing else.
    answer.set_cookie(
        settings.way_cookie, begun.text(), max_age=300, httponly=True, secure=settings.https, samesite="lax", path="/"
    )
    return answer


@router.get("/sign-in/back")
def from_provider(request: Request, room: TheRoom, state: str = "", code: str = "") -> Response:
    """Back from the OpenID provider."""
    settings = the_settings(request)
    begun = oidc.started(request.cookies.get(settings.way_cookie, ""))
    if settings.provider is None or begun is None:
        raise ReviewError("There is no sign-in under way.", "Begin again.")
    now = int(room.clock().timestamp())
    name = oidc.finish(settings.provider, _back(request), begun, state, code, now)
    if room.people().get(name) is None:
        raise ReviewError(oidc.UNKNOWN, oidc.ASK)
    # Not a redirect: on a way that began at the provider's site a browser keeps the session's strict cookie back.
    answer = page(request, "entered.html.j2", None)
    _with_cookie(request, answer, accounts.open_session(room, name))
    answer.delete_cookie(settings.way_cookie, path="/", secure=settings.https)
    return answer


@router.post("/sign-out")
def sign_out(request: Request, room: TheRoom, who: TheVisitor, csrf: Field = "") -> Response:
    """End this session."""
    check_form(who, csrf)
    settings = the_settings(request)
    accounts.sign_out(room, request.cookies.get(settings.cookie, ""))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(settings.cookie, path="/", secure=settings.https)
    return answer


@router.get("/account")
def account(request: Request, who: TheVisitor) -> Response:
    """Language and password."""
    return page(request, "account.html.j2", who, error="")


@router.post("/account/password")
def change(
    request: Request, room: TheRoom, who: TheVisitor, before: Field = "", after: Field = "", csrf: Field = ""
) -> Response:
    """Another password; every session ends."""
    check_form(who, csrf)
    try:
        accounts.change_password(room, who, before, after)
    except ReviewError as error:
        answer = page(request, "account.html.j2", who, error=words(who.language)(error.message))
        answer.status_code = 409
        return answer
    return RedirectResponse("/sign-in", 303)


@router.get("/language/{language}")
def choose(request: Request, room: TheRoom, language: str, to: str = "/") -> Response:
    """Another language, kept in a cookie and, for who is signed in, in the account. Changes nothing else."""
    there = to if to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() else "/"
    answer = RedirectResponse(there, 303)
    if language in LANGUAGES:
        answer.set_cookie("room-language", language, max_age=31536000, samesite="strict", httponly=True)
        who = maybe_visitor(request)
        if who is not None:
            accounts.choose_language(room, who, language)
    return answer


def _entered(request: Request, token: str) -> Response:
    answer = RedirectResponse("/", 303)
    _with_cookie(request, answer, token)
    return answer


def _with_cookie(request: Request, answer: Response, token: str) -> None:
    """Put a fresh session's token into its cookie; the session that the browser came with ends."""
    settings = the_settings(request)
    accounts.sign_out(the_room(request), request.cookies.get(settings.cookie, ""))
    age = int(accounts.ABSOLUTE.total_seconds())
    answer.set_cookie(
        settings.cookie, token, max_age=age, httponly=True, secure=settings.https, samesite="strict", path="/"
    )


def _back(request: Request) -> str:
    scheme = "https" if the_settings(request).https else "http"
    return f"{scheme}://{request.headers['host']}/sign-in/back"
