"""The room as a web application: one FastAPI app over one Room."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from factory import __version__
from factory.core.errors import FactoryError, KeyInvalid, NotReady, StorageError
from factory.core.guard import sentence_of
from factory.review.room import Room
from factory.serve import api, pages, signing_in
from factory.serve.addresses import Addresses
from factory.serve.guard import App, Guard
from factory.serve.settings import Settings

API = "/api/"
_SAID = {
    401: "Sign in first.",
    403: "That is not yours to do.",
    404: "There is no such page.",
    422: "The request does not have the form it needs.",
}


def create_app(room: Room, settings: Settings | None = None) -> App:
    """The application; `Guard` stands before everything in it."""
    made = settings or Settings()
    app = FastAPI(
        title="Clinical data factory: review room",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.room, app.state.settings, app.state.addresses = room, made, Addresses()
    app.include_router(api.router)
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
        case _:
            return 409


def _factory_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, FactoryError):
        return _answer(request, 500, "Something went wrong here.")
    return _answer(request, status_of(error), f"{error.message} {error.fix}".strip())


def _not_valid(request: Request, _: Exception) -> Response:
    # What was sent is not repeated: it may be anything.
    return _answer(request, 422, "The request does not have the form it needs.")


def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status in (302, 303, 307) and isinstance(error, HTTPException):
        return Response(status_code=status, headers=dict(error.headers or {}))
    said = {
        401: "Sign in first.",
        403: "That is not yours to do.",
        404: "There is no such page.",
        422: "The request does not have the form it needs.",
    }
    return _answer(request, status, said.get(status, "The request cannot be met."))


def _defect(request: Request, error: Exception) -> Response:
    return _answer(request, 500, sentence_of(error).message)


def _answer(request: Request, status: int, sentence: str) -> Response:
    if request.url.path.startswith(API):
        return JSONResponse({"error": sentence}, status)
    return pages.said(request, status, sentence)
