"""What Prefect must be told before it is imported: no telemetry, no values in logs, time to start."""

from __future__ import annotations

import os

from factory.core.telemetry import silence

# A cold server takes 10-17 s on two cores and more beside other work.
DEFAULTS = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
    "PREFECT_CLI_PROMPT": "false",
}


def apply() -> None:
    """Switch telemetry off, and set each default the user has not set."""
    silence()
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
