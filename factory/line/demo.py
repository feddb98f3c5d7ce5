"""The whole line on the shipped sample, every role played by a key made on the spot."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from factory.contract import load
from factory.core.assets import shipped
from factory.core.files import check_free, read_json, write_bytes
from factory.core.keys import generate, public_text, write_private
from factory.core.progress import step
from factory.core.run import Run
from factory.core.tables import read_dataset
from factory.line.produce import prepare
from factory.line.runner import prefect_runner, run_line

PRODUCER = "Data Scientist (demo)"
REVIEWERS = ("Compliance Reviewer One (demo)", "Compliance Reviewer Two (demo)")
OFFICER = "Release Officer (demo)"
LICENSOR = "Licensor (demo)"
LICENSEE = "AI Company (demo)"
_REASON = "Accepted for a demonstration on public data; not a licence to use the data in earnest."


@dataclass(frozen=True)
class Summary:
    """Where the outputs are, and the lines to print."""

    dossier: Path
    bundle: Path
    tables: Path
    lines: tuple[str, ...]


def demo(out: Path, seed: int, without_prefect: bool) -> Summary:
    """Produce, review, release and pull `sample_data/hospital` into `out`, which must be absent or empty.

    Raises: OutputExists, and any FactoryError of the line.
    """
    from factory.review.attestations import Answer
    from factory.review.voting import approve, attest

    check_free(out)
    hospital = shipped("sample_data") / "hospital"
    people = _keys(out)
    run = prepare(hospital / "contract.yaml", str(hospital), out / "run", "auto", seed, PRODUCER, people)
    run_line(run, without_prefect)
    candidate = read_json(run.candidate / "candidate.json")
    shortfalls = [item["control"] for item in candidate["shortfalls"]]
    with step("a reviewer answers what only a person can say"):
        expires = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=365)
        key = _key(out, REVIEWERS[0])
        for control in sorted({item["control"] for item in candidate["questions"]}):
            attest(run, REVIEWERS[0], key, control=control, answer=Answer.YES, reason=_REASON, expires=expires)
    with step("two reviewers approve"):
        for name in REVIEWERS:
            approve(run, name, _key(out, name), accept=shortfalls, reason=_REASON)
    licence = _licence(out, run)
    with step("licensor and licensee sign the licence"):
        _sign(out, run, licence, people)
    # So that a demonstration of one seed has the same bytes each time; in earnest the secret is nobody's to work out.
    write_bytes(run.marks_key, hashlib.sha256(f"demo {seed}".encode()).digest(), 0o600)
    with step("release under licence"):
        bundle = _release(run, out / "offer", _key(out, OFFICER), without_prefect)
    with step("pull and verify as the AI team"):
        from factory.catalog.client import pull

        pull(bundle, people, out / "pulled")
    with step("train the AI team's model on the pulled tables"):
        lines = _summary(run, out / "pulled")
    return Summary(run.candidate / "dossier.html", bundle, out / "pulled", lines)


def _key(out: Path, name: str) -> Path:
    return out / "keys" / f"{name.replace(' (demo)', '').replace(' ', '-').lower()}.pem"


def _keys(out: Path) -> Path:
    from factory.review.people import add_person

    people = out / "people.yaml"
    roles = {
        PRODUCER: ["producer"],
        REVIEWERS[0]: ["reviewer"],
        REVIEWERS[1]: ["reviewer"],
        OFFICER: ["release-officer"],
        LICENSOR: ["licensor"],
        LICENSEE: ["licensee"],
    }
    for name, held in roles.items():
        key = generate()
        write_private(_key(out, name), key)
        add_person(people, name, held, public_text(key))
    return people


def _licence(out: Path, run: Run) -> Path:
    """A licence of one year for an AI company in Hong Kong, from the shipped template."""
    from factory.release.licence import template

    candidate = read_json(run.candidate / "candidate.json")
    today = datetime.datetime.now(datetime.UTC).date()
    text = yaml.safe_load(template("ai-company-hong-kong"))
    text["licensee"]["name"] = LICENSEE
    text |= {
        "id": "DEMO-1",
        "fees": "none",
        "licensor": candidate["licensor"],
        "purposes": candidate["purposes"],
        "effective": today.isoformat(),
        "expires": (today + datetime.timedelta(days=365)).isoformat(),
    }
    path = out / "licence.yaml"
    write_bytes(path, yaml.safe_dump(text, sort_keys=False, allow_unicode=True).encode())
    return path


def _sign(out: Path, run: Run, licence: Path, people: Path) -> None:
    from factory.release.offer import accept, offer
    from factory.review.candidate import load_candidate
    from factory.review.people import load_people

    candidate, digest = load_candidate(run.candidate)
    known = load_people(people)
    offer(candidate, digest, known, licence, LICENSOR, _key(out, LICENSOR), out / "offer")
    accept(out / "offer", known, LICENSEE, _key(out, LICENSEE))


def _release(run: Run, licence: Path, key: Path, without_prefect: bool) -> Path:
    if without_prefect:
        from factory.release import seal

        return seal(run, licence, OFFICER, key)
    path: Path = prefect_runner("release")(run.root, licence, OFFICER, key)
    return path


def _summary(run: Run, pulled: Path) -> tuple[str, ...]:
    """Five lines on what came out, with a model learned from pulled rows only and scored on real people."""
    import pandas as pd

    from factory.checks.utility.tstr import task_auc

    contract = load(run.source / "contract.yaml")
    figures = {m["name"]: m for m in read_json(run.candidate / "dossier.json")["measures"]}
    tables = {name: pd.read_parquet(_table(pulled, name)) for name in contract.released_tables()}
    holdout = read_dataset(run.stage("split") / "holdout")[1]
    task = contract.tasks[0]
    score = task_auc(contract, task, tables, holdout, 0)
    real = read_json(run.candidate / "dossier.json")["tasks"][task.id]["trtr"]
    attack, fidelity = figures["membership_auc"], figures["fidelity_ratio"]
    rows = ", ".join(f"{len(frame):,} {name}" for name, frame in tables.items())
    limit = f"policy at least {fidelity['threshold']:.2f}"
    verdict = read_json(run.candidate / "candidate.json")["verdict"]
    return (
        f"released    {rows}; {int(figures['broken_rules']['value'])} rows break a clinical rule, key or link",
        f"verdict     {verdict}, approved by two reviewers, sealed and verified",
        f"privacy     membership attack AUC {attack['value']:.3f} (95% {attack['low']:.3f} to {attack['high']:.3f}), "
        f"policy at most {attack['threshold']:.2f}",
        f"fidelity    worst quality score {fidelity['value']:.3f} of a fresh real sample's, {limit}",
        f"AI team     {task.id} model learned from pulled rows only: AUROC {score:.3f} on real hold-out people "
        f"({real:.3f} when learned from real rows)",
    )


def _table(pulled: Path, name: str) -> Path:
    return next(path for path in (pulled / f"{name}.parquet", pulled / "data" / f"{name}.parquet") if path.exists())
