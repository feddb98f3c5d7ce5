"""The catalogue in a browser: what there is, what is in it, who uses it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from factory.catalog.keeper import listing, revoking, usage
from factory.core.documents import LARGEST_DOCUMENT
from factory.core.errors import NotReady, Revoked
from factory.release import duo
from factory.serve.bearers import TheKeeper
from factory.serve.catalogue_api import Name, Version
from factory.serve.deps import TheVisitor, check_form
from factory.serve.guard import DOSSIER_POLICY
from factory.serve.pages import PER_PAGE, PageNumber, page
from factory.serve.permissions import Action, check_may
from factory.serve.variables import picture

router = APIRouter()
CSV = {"content-disposition": 'attachment; filename="usage.csv"'}


@router.get("/catalogue")
def catalogue(
    request: Request, keeper: TheKeeper, who: TheVisitor, search: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """The data sets."""
    check_may(who.person, Action.BROWSE)
    return page(request, "catalogue.html.j2", who, found=listing.found(keeper, search), search=search)


@router.get("/catalogue/{name}")
def release(
    request: Request, keeper: TheKeeper, who: TheVisitor, name: Name, version: Version = "", asked: str = ""
) -> Response:
    """One data set: what its variables hold, first rows, evidence, versions, and a form to ask for a licence."""
    check_may(who.person, Action.BROWSE)
    found = listing.one(keeper, name, version)
    return page(
        request, "release.html.j2", who, r=found, versions=listing.versions(keeper, name), picture=picture,
        purposes=[purpose for purpose in found.entry["purposes"] if purpose in duo.PURPOSES], asked=bool(asked),
    )  # fmt: skip


@router.get("/catalogue/{name}/dossier/{language}")
def dossier(keeper: TheKeeper, who: TheVisitor, name: Name, language: str, version: Version = "") -> Response:
    """The dossier of a version, in a sandbox."""
    check_may(who.person, Action.BROWSE)
    found = listing.one(keeper, name, version)
    digest = found.entry["dossiers"].get(language)
    if found.state == "revoked":
        raise Revoked("The release was revoked.", "")
    if digest is None:
        raise NotReady("There is no such page.", "")
    data = keeper.storage.read(digest, LARGEST_DOCUMENT)
    return Response(data, media_type="text/html", headers={"content-security-policy": DOSSIER_POLICY})


@router.post("/catalogue/{name}/requests")
def ask(
    keeper: TheKeeper,
    who: TheVisitor,
    name: Name,
    purpose: Annotated[str, Form(max_length=100)] = "",
    text: Annotated[str, Form(max_length=4000)] = "",
    csrf: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Ask for a licence."""
    check_form(who, csrf)
    check_may(who.person, Action.BROWSE)
    listing.request(keeper, name, who.person.name, purpose, text)
    return RedirectResponse(f"/catalogue/{name}?asked=yes#request", 303)


@router.get("/usage")
def used(
    request: Request, keeper: TheKeeper, who: TheVisitor, search: Annotated[str, Query(max_length=200)] = "",
    number: PageNumber = 1,
) -> Response:  # fmt: skip
    """Who pulled what, what is due, what ends soon, who asks for a licence, what waits for a re-synthesis."""
    check_may(who.person, Action.USAGE)
    records, total = usage.records(keeper, PER_PAGE, (number - 1) * PER_PAGE)
    return page(
        request, "usage.html.j2", who, uses=usage.uses(keeper, search), records=records, search=search, number=number,
        pages=max(1, -(-total // PER_PAGE)), requests=listing.asked(keeper), queue=revoking.queued(keeper),
    )  # fmt: skip


@router.get("/usage.csv")
def used_csv(keeper: TheKeeper, who: TheVisitor) -> Response:
    """The same for a spreadsheet."""
    check_may(who.person, Action.USAGE)
    return Response(usage.as_csv(usage.uses(keeper)), media_type="text/csv; charset=utf-8", headers=CSV)
