"""How the room is served."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from factory.serve.oidc import Provider

LARGEST_BODY = 64 << 10
"""Bytes: a signed vote with the longest reason is a quarter of that."""


@dataclass(frozen=True)
class Settings:
    """Where, under which names, behind https or not, and the OpenID provider if there is one."""

    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    https: bool = False
    provider: Provider | None = None
    static: Path = field(default=Path(__file__).parent / "static")

    @property
    def cookie(self) -> str:
        """Name of the session's cookie; `__Host-` binds it to this host where there is https."""
        return "__Host-room" if self.https else "room"
