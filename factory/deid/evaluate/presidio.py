"""Microsoft Presidio on the same texts, run by a Python of its own (its packages and ours do not go together)."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from factory.core.errors import FactoryError
from factory.deid.text.spans import Layer, PhiClass, Span

PYTHON = "FACTORY_PRESIDIO_PYTHON"

ENTITIES = {
    "PERSON": PhiClass.NAME,
    "LOCATION": PhiClass.ADDRESS,
    "DATE_TIME": PhiClass.DATE,
    "AGE": PhiClass.AGE,
    "PHONE_NUMBER": PhiClass.PHONE,
    "EMAIL_ADDRESS": PhiClass.EMAIL,
    "CREDIT_CARD": PhiClass.ACCOUNT,
    "IBAN_CODE": PhiClass.ACCOUNT,
    "US_BANK_NUMBER": PhiClass.ACCOUNT,
    "CRYPTO": PhiClass.ACCOUNT,
    "US_DRIVER_LICENSE": PhiClass.LICENCE,
    "MEDICAL_LICENSE": PhiClass.LICENCE,
    "URL": PhiClass.URL,
    "IP_ADDRESS": PhiClass.IP,
    "MAC_ADDRESS": PhiClass.DEVICE,
    "NRP": PhiClass.OTHER,
    "ORGANIZATION": PhiClass.ORG,
}
"""Presidio's entities by our classes; what is not here (SSN, passports, national numbers) is ID."""


@dataclass(frozen=True)
class Presidio:
    """What Presidio found: spans a text, its seconds without the start, and which model found the names."""

    spans: list[list[Span]]
    seconds: float
    model: str
    version: str

    @property
    def label(self) -> str:
        """Name for a table."""
        return f"Presidio {self.version}, {self.model}"


def available() -> bool:
    """Whether the environment names a Python that has Presidio."""
    return bool(os.environ.get(PYTHON))


def run(texts: Sequence[str]) -> Presidio:
    """Analyse texts. Raises: FactoryError when there is no such Python, or it fails."""
    python = os.environ.get(PYTHON)
    if not python:
        raise FactoryError(
            f"{PYTHON} names no Python.", "Set it to the python of an environment with presidio-analyzer."
        )
    worker = Path(__file__).with_name("presidio_worker.py")
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "texts.json"), Path(folder, "spans.json")
        given.write_text(json.dumps(list(texts)), encoding="utf-8")
        try:
            # One core, as ours: spaCy's libraries would otherwise take all.
            subprocess.run(  # noqa: S603 - the operator names the program
                [python, str(worker), str(given), str(made)],
                check=True,
                capture_output=True,
                env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            )
        except (OSError, subprocess.CalledProcessError):
            # Its messages may quote a text, so they are not repeated.
            raise FactoryError(f"Presidio did not run with the Python of {PYTHON}.", "Try it there by hand.") from None
        result = json.loads(made.read_text(encoding="utf-8"))
    spans = [[_span(hit) for hit in hits] for hits in result["spans"]]
    return Presidio(spans, float(result["seconds"]), str(result["model"]), str(result["version"]))


def _span(hit: tuple[int, int, str, float]) -> Span:
    start, end, entity, score = hit
    return Span(start, end, ENTITIES.get(entity, PhiClass.ID), Layer.FORMAT, score)
