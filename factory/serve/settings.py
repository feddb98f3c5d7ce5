"""How the room is served."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from factory.serve.oidc import Provider

LARGEST_BODY = 64 << 10
"""Bytes: a signed vote with the longest reason is a quarter of that."""


@dataclass(frozen=True)
class Settings:
    """Where, under which names, behind https or not, and the OpenID provider if there is one.

    `patience` is in seconds: how long a request's body may take to come.
    """

    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    https: bool = False
    provider: Provider | None = None
    patience: float = 20.0
    static: Path = field(default=Path(__file__).parent / "static")

    @property
    def cookie(self) -> str:
        """Name of the session's cookie; `__Host-` binds it to this host where there is https."""
        return "__Host-room" if self.https else "room"

    @property
    def way_cookie(self) -> str:
        """Name of the cookie that a sign-in through the provider leaves until it is back."""
        return "__Host-room-way" if self.https else "room-way"
