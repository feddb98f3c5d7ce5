"""The stage `dossier`: the folder that reviewers read, and the digest that they sign."""

from __future__ import annotations

import shutil
from pathlib import Path

from factory.contract import Contract, digest
from factory.core.files import (
    atomic_folder,
    canonical_json,
    pretty_json,
    sha256_file,
    storage_errors,
    write_bytes,
)
from factory.core.tables import load_ref
from factory.evidence.facts import Stages, dictionary, gather
from factory.evidence.html import dossier_html


def make_candidate(contract: Contract, stages: Stages, producer: str, review_by: str, out: Path) -> None:
    """Write `out`: data/<table>.parquet, dossier.html, dossier.json, dictionary.json and candidate.json.

    candidate.json names every other file with its SHA-256; reviewers sign the digest of its bytes.
    Raises: OutputExists, StorageError, NotReady.
    """
    facts = gather(contract, stages, producer, review_by)
    with atomic_folder(out) as part:
        for name, ref in load_ref(stages.synth).tables.items():
            with storage_errors(part):
                (part / "data").mkdir(exist_ok=True)
                shutil.copyfile(stages.synth / f"{ref.digest}.parquet", part / "data" / f"{name}.parquet")
        write_bytes(part / "dossier.json", pretty_json(facts))
        write_bytes(part / "dossier.html", dossier_html(facts))
        write_bytes(part / "dictionary.json", pretty_json(dictionary(contract)))
        files = {
            path.relative_to(part).as_posix(): {"sha256": sha256_file(path), "bytes": path.stat().st_size}
            for path in sorted(part.rglob("*"))
            if path.is_file()
        }
        candidate = {
            "format": 1,
            "name": contract.name,
            "version": "1.0.0",
            "title": contract.title,
            "licensor": contract.licensor,
            "purposes": list(contract.purposes),
            "contract": digest(contract),
            "producer": producer,
            "review_by": review_by,
            "verdict": facts["verdict"],
            "shortfalls": facts["shortfalls"],
            "files": files,
        }
        write_bytes(part / "candidate.json", canonical_json(candidate))
