"""The room as a web application: one FastAPI app over one Room."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from factory import __version__
from factory.catalog.keeper import Keeper
from factory.core.errors import (
    FactoryError,
    InternalError,
    KeyInvalid,
    LicenceError,
    NotReady,
    Revoked,
    StorageError,
    TokenRefused,
    WrongPurpose,
)
from factory.core.guard import sentence_of
from factory.review.room import Room
from factory.serve import api, catalogue_api, catalogue_pages, pages, signing_in
from factory.serve.addresses import Addresses
from factory.serve.bearers import ProviderKeys
from factory.serve.guard import App, Guard
from factory.serve.settings import Settings

MACHINES = ("/api/", "/data/")
"""What answers in JSON."""
_SAID = {
    401: "Sign in first.",
    403: "That is not yours to do.",
    404: "There is no such page.",
    422: "The request does not have the form it needs.",
}


def create_app(
    room: Room,
    settings: Settings | None = None,
    keeper: Keeper | None = None,
    signer: tuple[str, Ed25519PrivateKey] | None = None,
) -> App:
    """The application; `Guard` stands before everything in it.

    With a `keeper` it shows the catalogue too; `signer` is who signs what was taken back, and their key.
    """
    made = settings or Settings()
    app = FastAPI(
        title="Clinical data factory: review room",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.room, app.state.settings, app.state.addresses = room, made, Addresses()
    app.state.keeper, app.state.signer, app.state.provider_keys = keeper, signer, ProviderKeys()
    app.include_router(api.router)
    app.include_router(catalogue_api.router)
    app.include_router(catalogue_pages.router, include_in_schema=False)
    app.include_router(signing_in.router, include_in_schema=False)
    app.include_router(pages.router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=made.static), name="static")
    app.add_exception_handler(FactoryError, _factory_error)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _defect)
    return Guard(app, made)


def status_of(error: FactoryError) -> int:
    """The HTTP status that fits an error a user caused."""
    match error:
        case NotReady():
            return 404 if "no such" in error.message else 409
        case KeyInvalid():
            return 403
        case StorageError():
            return 503
        case TokenRefused():
            return 401
        case Revoked():
            return 410
        case LicenceError() | WrongPurpose():
            return 403
        case _:
            return 409


def _factory_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, FactoryError):
        return _answer(request, 500, "Something went wrong here.")
    if request.url.path.startswith(MACHINES):
        said = {"error": f"{error.message} {error.fix}".strip(), "message": error.message, "fix": error.fix}
        headers = {"www-authenticate": "Bearer"} if isinstance(error, TokenRefused) else None
        return JSONResponse({**said, "code": error.exit_code}, status_of(error), headers)
    return _answer(request, status_of(error), f"{error.message} {error.fix}".strip())


def _not_valid(request: Request, _: Exception) -> Response:
    # What was sent is not repeated: it may be anything.
    return _answer(request, 422, "The request does not have the form it needs.")


def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status in (302, 303, 307) and isinstance(error, HTTPException):
        return Response(status_code=status, headers=dict(error.headers or {}))
    return _answer(request, status, _SAID.get(status, "The request cannot be met."))


def _defect(request: Request, error: Exception) -> Response:
    return _answer(request, 500, sentence_of(error).message)


def _answer(request: Request, status: int, sentence: str) -> Response:
    if request.url.path.startswith(MACHINES):
        code = InternalError.exit_code if status >= 500 else NotReady.exit_code
        return JSONResponse({"error": sentence, "message": sentence, "fix": "", "code": code}, status)
    return pages.said(request, status, sentence)
