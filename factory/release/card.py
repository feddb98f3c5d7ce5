"""README.md of a bundle: what people read first, and the header by which Hugging Face's `datasets` finds the tables."""

from __future__ import annotations

from typing import Any

import yaml

from factory.release.copied import Said
from factory.release.licence import Licence
from factory.review.candidate import Candidate

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def card(candidate: Candidate, digest: str, licence: Licence, said: Said) -> bytes:
    """The dataset card of a licensee's copy. Source of the header: Hugging Face Hub's dataset card metadata."""
    tables = candidate.tables()
    header: dict[str, Any] = {
        "pretty_name": " ".join(candidate.title.split()),
        "license": "other",
        "license_name": licence.id,
        "license_link": "licence.txt",
        "tags": ["synthetic", "health", "tabular"],
        "size_categories": [_size(sum(said.rows.values()))],
        "configs": [{"config_name": name, "data_files": path} for name, path in tables.items()],
    }
    lines = [
        "---",
        yaml.safe_dump(header, sort_keys=False, allow_unicode=True, width=1000).strip(),
        "---",
        "",
        f"# {' '.join(candidate.title.split())}",
        "",
        f"`{candidate.name}` {candidate.version}, synthetic data of {candidate.licensor}. No record is a person's.",
        "",
        "| table | rows | file |",
        "|---|---|---|",
        *(f"| {name} | {said.rows[name]:,} | `{path}` |" for name, path in tables.items()),
        "",
        f"- **Licence** {licence.id}, to {licence.licensee.name}, from {licence.effective} to {licence.expires}: "
        "`licence.txt`; in Chinese `licence.zh-Hant.txt` and `licence.zh-Hans.txt`; for machines `licence.jsonld`.",
        "- **Evidence** `dossier.html` opens in a browser, offline. What each column holds: `dictionary.json`, and "
        "`croissant.json` where there is one.",
        "- **This copy is yours alone.** It carries marks by which a leak of it is traced to its licence; they move no "
        f"mean by more than {said.cost.mean:.4f} standard deviations, no spread by more than {said.cost.spread:.2%}, "
        f"and no correlation by more than {said.cost.correlation:.4f}.",
        "- **Verify** `factory verify . --trust people.yaml`, with the keys you had over another channel.",
        "- **Cite** "
        f"{candidate.licensor}: {' '.join(candidate.title.split())}, version {candidate.version}. urn:sha256:{digest}",
        "",
        "```python",
        "import datasets",
        "",
        f'datasets.load_dataset("path/to/this/folder", "{next(iter(tables), "")}")',
        "```",
        "",
    ]
    return "\n".join(lines).encode("utf-8")


def _size(rows: int) -> str:
    return next((name for most, name in _SIZES if rows < most), "n>1M")
