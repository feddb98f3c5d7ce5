"""Telemetry of dependencies, switched off before any of them is imported."""

from __future__ import annotations

import os

SILENT = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "ANONYMIZED_TELEMETRY": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "OTEL_SDK_DISABLED": "true",
}


def silence() -> None:
    """Set each variable of `SILENT` in this process, so that its children inherit it too."""
    os.environ.update(SILENT)
