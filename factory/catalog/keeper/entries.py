"""What the catalogue shows of a release: dictionary with shares of values, first rows, verdicts, what is new in it.

All of it comes from files that reviewers signed; of the tables, the reviewed ones, which bear nobody's marks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from factory.core.documents import read_capped
from factory.core.errors import StorageError
from factory.evidence.diff import diff
from factory.review.candidate import Candidate

ROWS, TENTH = 20, 10
"""Rows shown of each table at most, and no more than one in so many: a small table is not shown whole."""
_LONGEST = 80
DOSSIERS = {"en": "dossier.html", "zh-Hant": "dossier.zh-Hant.html", "zh-Hans": "dossier.zh-Hans.html"}
FACTS = "dossier.json"


def entry(folder: Path, candidate: Candidate, before: dict[str, Any] | None, preview: bool = True) -> dict[str, Any]:
    """The entry of a candidate's folder; `before` are the facts of the version before it. Raises: StorageError.

    Without `preview` no rows are shown: the tables of a licensee's copy bear marks.
    """
    facts = read_facts(read_capped(folder / FACTS)) if FACTS in candidate.files else {}
    words = json.loads(read_capped(folder / "dictionary.json")) if "dictionary.json" in candidate.files else {}
    tables: dict[str, Any] = {}
    for name, path in candidate.tables().items():
        rows, columns, shown = _read(folder / path)
        known = {column["name"]: column for column in words.get(name, {}).get("columns", [])}
        tables[name] = {
            "rows": rows,
            "columns": [_column(column, known.get(column, {}), facts.get("marginals", {}), name) for column in columns],
            "preview": shown if preview else [],
        }
    return {
        "tables": tables,
        "people": facts.get("people", {}).get("synthetic", facts.get("people", {}).get("train")),
        "verdict": candidate.verdict,
        "regimes": [
            {"regime": item["regime"], "verdict": item["verdict"]}
            for item in facts.get("regimes", [])
            if isinstance(item, dict)
        ],
        "expires": facts.get("expires"),
        "engine": facts.get("engine", {}).get("name"),
        "purposes": list(candidate.purposes),
        "licensor": candidate.licensor,
        "dossiers": {
            language: candidate.files[path].sha256 for language, path in DOSSIERS.items() if path in candidate.files
        },
        "facts": candidate.files[FACTS].sha256 if FACTS in candidate.files else None,
        "changes": [] if before is None else changes(before, facts),
    }


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """The changelog from one version's facts to another's."""
    return [
        {"section": item.section, "what": item.what, "before": item.before, "after": item.after, "worse": item.worse}
        for item in diff(before, after)
    ]


def read_facts(data: bytes) -> dict[str, Any]:
    """The facts of a dossier.json. Raises: StorageError."""
    try:
        found = json.loads(data)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise StorageError(f"{FACTS} holds no facts.", "Produce the run again.")
    return found


def _column(name: str, known: dict[str, Any], marginals: dict[str, Any], table: str) -> dict[str, Any]:
    bars = marginals.get(f"{table}.{name}", [])
    return {
        "name": name,
        "kind": known.get("kind", ""),
        "role": known.get("role", ""),
        "unit": known.get("unit"),
        "shares": [{"label": str(bar["label"])[:_LONGEST], "share": bar["synthetic"]} for bar in bars],
    }


def _read(path: Path) -> tuple[int, list[str], list[list[str]]]:
    """Rows, columns and the first rows, as text, of a table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = list(file.schema_arrow.names)
            most = min(ROWS, file.metadata.num_rows // TENTH)
            batch = next(file.iter_batches(batch_size=most), None) if most else None
            rows = [] if batch is None else batch.to_pylist()
            shown = [["" if row[name] is None else str(row[name])[:_LONGEST] for name in names] for row in rows]
            return file.metadata.num_rows, names, shown
    except (pa.ArrowException, OSError):
        raise StorageError(f"{path.name} cannot be read as a table.", "Produce the run again.") from None
