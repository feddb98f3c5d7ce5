"""Sign-in through an OpenID provider: code flow with PKCE (RFC 7636), ID token checked after OpenID Core 3.1.3.7."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from pydantic import Field, field_validator, model_validator

from factory.core.documents import LARGEST_YAML, Document, from_yaml, read_capped
from factory.core.errors import ContractError, ReviewError
from factory.words import Said

_TIMEOUT = 10.0
_ALGORITHMS = ["RS256", "ES256", "EdDSA"]
_REFUSED = Said("The provider's answer cannot be trusted.")
UNKNOWN = Said("The provider knows you, and this room does not.")
ASK = Said("Ask who runs it.")


class Provider(Document):
    """An OpenID provider: where it is, who we are to it, and which claim names whom of people.yaml."""

    issuer: str
    client_id: str
    client_secret_file: str | None = None
    claim: str = "email"
    people: dict[str, str] = Field(min_length=1, description="Value of the claim to the name in people.yaml.")
    audience: str | None = Field(
        None, description="What access tokens of clients that pull are made out to; none, and no client can."
    )

    @field_validator("issuer")
    @classmethod
    def _safe(cls, text: str) -> str:
        if not is_safe(text):
            raise ValueError("is not an https address")
        return text

    @model_validator(mode="after")
    def _apart(self) -> Provider:
        if self.audience == self.client_id:
            raise ValueError("has an audience that is its client_id, under which sign-ins are made out")
        return self


@dataclass(frozen=True)
class Started:
    """A sign-in under way, kept in a cookie of its own until the provider answers."""

    state: str
    nonce: str
    verifier: str

    def text(self) -> str:
        """As the cookie holds it."""
        return ".".join((self.state, self.nonce, self.verifier))


def load_provider(path: Path) -> Provider:
    """Read a provider's YAML file. Raises: ContractError, StorageError."""
    return from_yaml(read_capped(path, LARGEST_YAML), Provider, path.name, ContractError)


def is_safe(url: str) -> bool:
    """True for https, and for http to this machine itself: anything else could be answered by anybody on the way."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"))
    )


def started(text: str) -> Started | None:
    """What a cookie holds, or None."""
    parts = text.split(".")
    return Started(*parts) if len(parts) == 3 and all(parts) else None


def start(provider: Provider, redirect: str) -> tuple[str, Started]:
    """Where to send the browser, and what to remember. Raises: ReviewError when the provider cannot be asked."""
    known = _metadata(provider)
    begun = Started(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect,
        "scope": "openid email profile",
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{known['authorization_endpoint']}?{urlencode(asked)}", begun


def finish(provider: Provider, redirect: str, begun: Started, state: str, code: str, now: int) -> str:
    """The name in people.yaml of who signed in. Raises: ReviewError when anything of the answer does not fit."""
    if not secrets.compare_digest(begun.state.encode(), state.encode("utf-8", "replace")) or not code:
        raise ReviewError(_REFUSED)
    known = _metadata(provider)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "client_id": provider.client_id,
        "code_verifier": begun.verifier,
    }
    if provider.client_secret_file:
        form["client_secret"] = read_capped(Path(provider.client_secret_file), 4096).decode().strip()
    token = _ask("POST", known["token_endpoint"], form).get("id_token")
    claims = _claims(provider, str(token), _ask("GET", known["jwks_uri"]), begun.nonce, now)
    name = provider.people.get(str(claims.get(provider.claim, "")))
    if name is None or (provider.claim == "email" and claims.get("email_verified") is not True):
        raise ReviewError(UNKNOWN, ASK)
    return name


def signing_keys(provider: Provider) -> dict[str, Any]:
    """The provider's public keys. Raises: ReviewError when it cannot be asked."""
    return _ask("GET", _metadata(provider)["jwks_uri"])


def client_of(provider: Provider, token: str, keys: Any, now: int) -> str | None:
    """The client that an access token for the catalogue was given to (RFC 9068); None where it cannot be trusted."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    registry = jwt.JWTClaimsRegistry(
        now=now,
        leeway=60,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.audience or ""},
        exp={"essential": True},
    )
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)
        registry.validate(decoded.claims)
    except (JoseError, ValueError, KeyError, TypeError):
        return None
    client = decoded.claims.get("client_id", decoded.claims.get("azp"))
    return client if isinstance(client, str) and client else None


def _claims(provider: Provider, token: str, keys: Any, nonce: str, now: int) -> dict[str, Any]:
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    registry = jwt.JWTClaimsRegistry(
        now=now,
        leeway=60,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)
        registry.validate(decoded.claims)
    except (JoseError, ValueError, KeyError, TypeError):
        raise ReviewError(_REFUSED) from None
    claims = dict(decoded.claims)
    # A token made out to several is good only for the one it says it was given to (OpenID Core 3.1.3.7, 4 and 5).
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else provider.client_id) != provider.client_id:
        raise ReviewError(_REFUSED)
    return claims


def _metadata(provider: Provider) -> dict[str, str]:
    known = _ask("GET", f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if known.get("issuer") != provider.issuer or not all(is_safe(str(known.get(name, ""))) for name in wanted):
        raise ReviewError(_REFUSED)
    return {name: str(known[name]) for name in wanted}


def _ask(method: str, url: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    import httpx

    try:
        answer = httpx.request(method, url, data=form, timeout=_TIMEOUT, follow_redirects=False)
        answer.raise_for_status()
        found = json.loads(answer.content[: 1 << 20])
    except (httpx.HTTPError, ValueError):
        raise ReviewError(
            Said("The OpenID provider does not answer."), Said("Sign in with a password, or try again.")
        ) from None
    return found if isinstance(found, dict) else {}
