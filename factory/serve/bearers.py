"""Who asks for data: a token of the catalogue, or one that the OpenID provider gave a client (RFC 6750, RFC 9068)."""

from __future__ import annotations

import threading
import time
from typing import Annotated, Any

from fastapi import Depends, Request

from factory.catalog.keeper import Keeper
from factory.catalog.keeper.tokens import PREFIX, Bearer, bearer, client_bearer
from factory.core.errors import NotReady, TokenRefused
from factory.serve import oidc
from factory.serve.deps import the_settings

_KEYS_LAST = 300.0
_LONGEST = 8192
_FIX = "Send it as: Authorization: Bearer TOKEN"


class ProviderKeys:
    """The provider's keys, asked for again after five minutes."""

    def __init__(self) -> None:
        self._lock, self._until, self._keys = threading.Lock(), 0.0, {}  # type: ignore[var-annotated]

    def get(self, provider: oidc.Provider) -> dict[str, Any]:
        """The keys. Raises: ReviewError when the provider does not answer."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._keys = oidc.signing_keys(provider)
                self._until = time.monotonic() + _KEYS_LAST
            return self._keys


def the_keeper(request: Request) -> Keeper:
    """The catalogue. Raises: NotReady where this server has none."""
    keeper: Keeper | None = request.app.state.keeper
    if keeper is None:
        raise NotReady("There is no such page.", "")
    return keeper


def the_token(request: Request) -> str:
    """The token of a request, from its header alone. Raises: TokenRefused."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip() or len(token) > _LONGEST:
        raise TokenRefused("A token is needed.", _FIX)
    return token.strip()


def the_bearer(request: Request) -> Bearer:
    """Whose token a request bears. Raises: TokenRefused, ReviewError when the provider does not answer."""
    keeper, token = the_keeper(request), the_token(request)
    provider = the_settings(request).provider
    if token.startswith(PREFIX) or provider is None or provider.audience is None or token.count(".") != 2:
        return bearer(keeper, token)
    keys = request.app.state.provider_keys.get(provider)
    client = oidc.client_of(provider, token, keys, int(keeper.clock().timestamp()))
    if client is None:
        raise TokenRefused("The token of the OpenID provider cannot be trusted.", "Ask the provider for a new one.")
    return client_bearer(keeper, client)


TheKeeper = Annotated[Keeper, Depends(the_keeper)]
TheBearer = Annotated[Bearer, Depends(the_bearer)]
TheToken = Annotated[str, Depends(the_token)]
