"""MEDDOCAN, Spanish case reports with invented identifiers: {id, text, spans: [{start, end, label}]} a line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from factory.deid.evaluate.corpus import Corpus, Document, Gold
from factory.deid.evaluate.reading import json_lines, span_of
from factory.deid.text.spans import PhiClass

LABELS = {
    "NOMBRE_SUJETO_ASISTENCIA": PhiClass.NAME,
    "NOMBRE_PERSONAL_SANITARIO": PhiClass.NAME,
    "CALLE": PhiClass.ADDRESS,
    "TERRITORIO": PhiClass.ADDRESS,
    "FECHAS": PhiClass.DATE,
    "EDAD_SUJETO_ASISTENCIA": PhiClass.AGE,
    "NUMERO_TELEFONO": PhiClass.PHONE,
    "NUMERO_FAX": PhiClass.PHONE,
    "CORREO_ELECTRONICO": PhiClass.EMAIL,
    "URL_WEB": PhiClass.URL,
    "DIREC_PROT_INTERNET": PhiClass.IP,
    "ID_SUJETO_ASISTENCIA": PhiClass.MRN,
    "ID_CONTACTO_ASISTENCIAL": PhiClass.ID,
    "ID_ASEGURAMIENTO": PhiClass.ACCOUNT,
    "ID_TITULACION_PERSONAL_SANITARIO": PhiClass.LICENCE,
    "ID_EMPLEO_PERSONAL_SANITARIO": PhiClass.ID,
    "IDENTIF_VEHICULOS_NRSERIE_PLACAS": PhiClass.VEHICLE,
    "IDENTIF_DISPOSITIVOS_NRSERIE": PhiClass.DEVICE,
    "NUMERO_BENEF_PLAN_SALUD": PhiClass.ACCOUNT,
}
EXCLUDED = {
    "PAIS": "countries: 164.514(b)(2)(i)(B) concerns smaller units",
    "HOSPITAL": "the hospital that treats is not among the eighteen identifiers",
    "CENTRO_SALUD": "as HOSPITAL",
    "INSTITUCION": "mostly makers and universities of the authors, not employers of patients",
    "SEXO_SUJETO_ASISTENCIA": "sex is not among the eighteen identifiers",
    "FAMILIARES_SUJETO_ASISTENCIA": "words of kinship, not names",
    "PROFESION": "occupations are not among the eighteen identifiers",
    "OTROS_SUJETO_ASISTENCIA": "marital status, descent and the like",
    "EDAD_SUJETO_ASISTENCIA": "where 89 or less",
    "FECHAS": "where only a year",
    "ID_*": "where the annotated value holds no digit",
}
_OF_PATIENT = ("NOMBRE_SUJETO_ASISTENCIA", "ID_SUJETO_ASISTENCIA", "ID_ASEGURAMIENTO", "CALLE")
_OF_STAFF = ("NOMBRE_PERSONAL_SANITARIO", "ID_TITULACION_PERSONAL_SANITARIO", "ID_EMPLEO_PERSONAL_SANITARIO")


def read(files: list[Path]) -> Corpus:
    """The .jsonl files of the corpus. Raises: BrokenFile, WrongEncoding, StorageError."""
    documents = [_document(row, file) for file in files for row in json_lines(file)]
    return Corpus("meddocan", documents, LABELS, EXCLUDED)


def _document(row: dict[str, Any], file: Path) -> Document:
    text = str(row["text"])
    spans = [span_of(text, span["start"], span["end"], span["label"], file) for span in row["spans"]]
    gold = tuple(
        Gold(
            start,
            end,
            label,
            in_scope(label, text[start:end]),
            "patient" if label in _OF_PATIENT else "staff" if label in _OF_STAFF else "other",
        )
        for start, end, label in spans
    )
    return Document(str(row["id"]), text, gold, language="es")


def in_scope(label: str, value: str) -> PhiClass | None:
    """The class of a span, or None where it identifies nobody by the letter of the rule (see EXCLUDED)."""
    numbers = [int(number) for number in re.findall(r"\d+", value)]
    match label:
        case "EDAD_SUJETO_ASISTENCIA":
            # An age in months or days says nothing about being over 89 years.
            return PhiClass.AGE if "a\u00f1o" in value.lower() and any(number > 89 for number in numbers) else None
        case "FECHAS":
            return None if re.fullmatch(r"\D{0,4}(?:19|20)\d\d", value.strip()) else PhiClass.DATE
    if label.startswith("ID_") and not numbers:
        return None
    return LABELS.get(label)
