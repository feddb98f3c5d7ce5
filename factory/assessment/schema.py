"""The published JSON Schema of `assessment.json`."""

from __future__ import annotations

from pathlib import Path


def schema_text() -> str:
    """The schema as JSON text (JSON Schema, draft 2020-12)."""
    return (Path(__file__).parent / "schema.json").read_text(encoding="utf-8")
