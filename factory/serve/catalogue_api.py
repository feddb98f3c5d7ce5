"""The catalogue for machines: what there is, what was taken back, and the data under a token."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from factory.catalog.keeper import listing, pulls, revoking, tokens
from factory.catalog.keeper.listing import Release
from factory.catalog.keeper.standing import check_standing
from factory.core.errors import NotReady
from factory.serve.bearers import TheBearer, TheKeeper, TheToken
from factory.serve.streams import Sent, wanted

router = APIRouter(tags=["catalogue"])
Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="Name of a data set.")]
Version = Annotated[str, Query(pattern=r"^([0-9]+\.[0-9]+\.[0-9]+)?$", max_length=30)]
Purpose = Annotated[str, Query(pattern=r"^[a-z-]*$", max_length=100, description="Label of a GA4GH DUO permission.")]
_KNOWN: dict[int | str, dict[str, Any]] = {
    401: {"description": "No token, or not one that is good."},
    403: {"description": "The licence has expired, or does not grant it."},
    404: {"description": "Not in this catalogue."},
    409: {"description": "Refused, with a sentence that says why."},
    410: {"description": "Taken back."},
    413: {"description": "Too much in one piece."},
    421: {"description": "Another host name."},
    503: {"description": "The store or the storage cannot be reached."},
}


@router.get("/api/v1/status", responses=_KNOWN)
def status(request: Request, keeper: TheKeeper) -> Response:
    """What was taken back, signed as of now; for everybody."""
    signer = request.app.state.signer
    if signer is None:
        raise NotReady("There is no such list: this catalogue has no key to sign one.", "Serve it with --key.")
    made = revoking.status(keeper, *signer)
    return Response(made.data(), media_type="application/json")


@router.get("/api/v1/me", responses=_KNOWN)
def me(keeper: TheKeeper, who: TheBearer) -> dict[str, Any]:
    """What a token is good for."""
    row, release = _licensed(keeper, who.licence)
    return {"name": release.name, "version": release.version, "licence": row.id, "expires": row.expires,
            "licensee": row.licensee, "scope": who.scope, "file": row.file, "bytes": row.size}  # fmt: skip


@router.get("/api/v1/entry", responses=_KNOWN)
def entry(keeper: TheKeeper, who: TheBearer) -> dict[str, Any]:
    """The catalogue's entry of the data that a token is for."""
    _, release = _licensed(keeper, who.licence)
    return {**shown(release), **release.entry}


@router.get("/api/v1/offer/{name}", responses=_KNOWN)
def offer(
    keeper: TheKeeper, who: TheBearer, name: Name, version: Version = "", purpose: Purpose = ""
) -> dict[str, Any]:
    """What a token can pull now: digest and bytes of the file, version, last day, and what replaces it."""
    grant = pulls.granted(keeper, who, name, version, purpose)
    return {"sha256": grant.file, "size": grant.size, "version": grant.version,
            "expires": grant.licence.expires.isoformat(),
            "deprecated": (grant.successor or "yes") if grant.deprecated else ""}  # fmt: skip


@router.post("/api/v1/token", responses=_KNOWN)
def rotate(keeper: TheKeeper, token: TheToken) -> dict[str, str]:
    """Another token in place of this one, which ends in an hour."""
    return {"token": tokens.rotate(keeper, token)}


@router.api_route("/data/{name}.zip", methods=["GET", "HEAD"], responses=_KNOWN, response_class=Response)
def data(
    request: Request, keeper: TheKeeper, who: TheBearer, name: Name, version: Version = "", purpose: Purpose = ""
) -> Response:
    """The licensee's own copy, whole or in part (`Range`); its `ETag` is its SHA-256."""
    grant = pulls.granted(keeper, who, name, version, purpose)
    etag = f'"{grant.file}"'
    headers = {
        "etag": etag,
        "repr-digest": f"sha-256=:{base64.b64encode(bytes.fromhex(grant.file)).decode()}:",
        "content-disposition": f'attachment; filename="{grant.name}-{grant.version}.zip"',
        "x-version": grant.version,
        "x-candidate": grant.candidate,
        "x-licence-expires": grant.licence.expires.isoformat(),
    }
    if grant.deprecated:
        headers["x-deprecated"] = grant.successor or "yes"
    if request.headers.get("if-none-match", "") == etag:
        return Response(status_code=304, headers=headers)
    part = wanted(request, grant.size, etag)
    if part is None:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{grant.size}"})
    if request.method == "HEAD":
        headers |= {"content-length": str(part[1] - part[0]), "accept-ranges": "bytes"}
        return Response(status_code=200, headers=headers, media_type="application/zip")
    keeper.storage.open(grant.file).close()  # a storage that is down is said before anything is entered
    pull = pulls.begin(keeper, grant, part[0], purpose)
    return Sent(
        lambda: keeper.storage.open(grant.file), part, grant.size, headers,
        lambda sent: pulls.goes_on(keeper, grant, pull, sent), lambda sent: pulls.done(keeper, pull, sent),
    )  # fmt: skip


def shown(release: Release) -> dict[str, Any]:
    """What lists say of a release."""
    return {
        "name": release.name,
        "version": release.version,
        "title": release.title,
        "candidate": release.candidate,
        "published": release.published,
        "state": release.state,
        "successor": release.successor or None,
        "rows": release.rows,
        "citation": release.citation,
    }


def _licensed(keeper: TheKeeper, digest: str) -> tuple[Any, Release]:
    """A licence that stands, and its release. Raises: Revoked."""
    with keeper.store.reading() as connection:
        row = check_standing(connection, digest)
    return row, next(one for one in listing.versions(keeper, row.name) if one.candidate == row.candidate)
