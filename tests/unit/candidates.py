"""A small run that awaits review, its people with keys, and licences for it."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from factory.audit import Act, Outcome, append
from factory.core import keys
from factory.core.files import canonical_json, sha256_bytes, sha256_file
from factory.core.run import Run, RunState
from factory.release.offer import accept, offer
from factory.release.seal import seal
from factory.review import add_person, approve
from factory.review.candidate import load_candidate
from factory.review.people import load_people

TODAY = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
CONTRACT = "c" * 64
PRODUCER = "Ms Cheung"
PEOPLE = {
    PRODUCER: ("producer", "reviewer", "release-officer"),
    "Dr Wong": ("reviewer",),
    "Dr Lau": ("reviewer",),
    "Dr Ho": ("reviewer",),
    "Ms Lee": ("release-officer",),
    "Mr Ng": ("licensor",),
    "Models Ltd": ("licensee",),
    "Catalogue": ("catalogue",),
}
LICENCE = "L-2026-001"
OFFICER = "Ms Lee"
SHORTFALL = {"control": "UT-1", "sentence": "The model learned from synthetic rows loses 0.03 of AUROC."}


@dataclass(frozen=True)
class Made:
    """A run, the folder of private keys, and a licence file."""

    run: Run
    keys: Path
    licence: Path

    def key(self, name: str) -> Path:
        return self.keys / f"{name}.key"

    @property
    def bundle(self) -> Path:
        return self.run.bundle(LICENCE)

    @property
    def bundle_zip(self) -> Path:
        return self.run.bundle_zip(LICENCE)

    def signed(self, licence: Path | None = None, now: dt.datetime = TODAY) -> Path:
        """The folder of the licence, offered and accepted anew."""
        candidate, digest = load_candidate(self.run.candidate)
        people, folder = load_people(self.run.people), self.licence.with_suffix(".offer")
        shutil.rmtree(folder, ignore_errors=True)
        offer(candidate, digest, people, licence or self.licence, "Mr Ng", self.key("Mr Ng"), folder)
        accept(folder, people, "Models Ltd", self.key("Models Ltd"), now)
        return folder

    def approved(self) -> Made:
        shortfalls = yaml.safe_load((self.run.candidate / "candidate.json").read_text())["shortfalls"]
        accept = [item["control"] for item in shortfalls]
        for name in ("Dr Wong", "Dr Lau"):
            approve(self.run, name, self.key(name), accept=accept, reason="Read in full.", now=TODAY)
        return self

    def sealed(self) -> Path:
        self.approved()
        return seal(self.run, self.signed(), OFFICER, self.key(OFFICER), TODAY)


def make_run(root: Path, name: str = "run", **changes: object) -> Made:
    """A run awaiting review in `root`/`name`, with `changes` to its candidate.json."""
    run = Run(root / name)
    run.create()
    folder = root / f"{name}-keys"
    for person, roles in PEOPLE.items():
        key = keys.generate()
        keys.write_private(folder / f"{person}.key", key)
        add_person(run.people, person, roles, keys.public_text(key))
    digest = write_candidate(run.candidate, **changes)
    run.set_state(state=RunState.AWAITING_REVIEW.value, producer=PRODUCER, contract=CONTRACT, title="Wards")
    append(run.audit, PRODUCER, Act.PRODUCE, digest, Outcome.DONE)
    licence = root / f"{name}-licence.yaml"
    licence.write_text(yaml.safe_dump(licence_value()), encoding="utf-8")
    return Made(run, folder, licence)


def write_candidate(folder: Path, **changes: object) -> str:
    """Fill a candidate folder and return its digest."""
    write_table(folder / "data" / "patients.parquet", {"patient_id": ["a1", "b2"], "sex": ["F", None]})
    write_table(folder / "data" / "stays.parquet", {"stay_id": ["s1"], "days": [4]})
    said = {"verdict": "pass", "shortfalls": [], "questions": []}
    facts = canonical_json({name: changes.get(name, value) for name, value in said.items()})
    for path, data in {"dossier.html": b"<p>dossier</p>", "dossier.json": facts, "dictionary.json": b"{}"}.items():
        (folder / path).write_bytes(data)
    value = {**candidate_value(folder), **changes}
    data = canonical_json(value)
    (folder / "candidate.json").write_bytes(data)
    return sha256_bytes(data)


def write_table(path: Path, columns: dict[str, list[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def candidate_value(folder: Path) -> dict[str, object]:
    files = {
        path.relative_to(folder).as_posix(): {"sha256": sha256_file(path), "bytes": path.stat().st_size}
        for path in folder.rglob("*")
        if path.is_file() and path.name != "candidate.json"
    }
    return {
        "format": 1,
        "name": "wards",
        "version": "1.0.0",
        "title": "Wards of a simulated hospital",
        "licensor": "Hospital of the Simulation",
        "purposes": ["general-research-use", "health-or-medical-or-biomedical-research"],
        "contract": CONTRACT,
        "producer": PRODUCER,
        "review_by": "2026-03-31",
        "verdict": "pass",
        "shortfalls": [],
        "files": files,
    }


def licence_value(**changes: object) -> dict[str, object]:
    """A licence for that candidate."""
    value: dict[str, object] = {
        "licence": 1,
        "id": LICENCE,
        "licensor": "Hospital of the Simulation",
        "licensee": {"name": "Models Ltd", "kind": "ai-company", "territory": ["HK"]},
        "purposes": ["general-research-use"],
        "no_reidentification": True,
        "no_linkage": True,
        "onward_transfer": False,
        "model_training": True,
        "publication": "aggregate-results",
        "effective": dt.date(2026, 3, 1),
        "expires": dt.date(2027, 2, 28),
        "destruction": "Every copy is destroyed within 30 days.",
        "governing_law": "Laws of the Hong Kong SAR",
    }
    return {**value, **changes}
