"""The day after which the evidence of a candidate holds no more, as its dossier says."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from factory.core.documents import read_capped
from factory.core.errors import FactoryError, LicenceExpired, NotReady

DOSSIER = "dossier.json"


def expires(dossier: bytes) -> dt.date | None:
    """The day in a dossier.json, or None where it names none."""
    try:
        found = json.loads(dossier).get("expires")
        return None if found is None else dt.date.fromisoformat(found)
    except (ValueError, TypeError, AttributeError):
        return None


def check_evidence(folder: Path, now: dt.datetime) -> None:
    """The evidence of the candidate in `folder` has not expired. Raises: NotReady, StorageError."""
    if (folder / DOSSIER).is_file():
        check_expiry(read_capped(folder / DOSSIER), now, NotReady, "Produce the run anew.")


def check_expiry(dossier: bytes, now: dt.datetime, error: type[FactoryError] = LicenceExpired, fix: str = "") -> None:
    """The last day, in UTC, has not passed. Raises: `error`."""
    last = expires(dossier)
    if last is not None and now.astimezone(dt.UTC).date() > last:
        raise error(f"The evidence on these data expired on {last}.", fix or "Ask the licensor for a newer version.")
