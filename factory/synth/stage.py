"""The stage `synth`: fit an engine on the training people and draw as many new ones."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from factory.contract import Contract, digest
from factory.core.files import pretty_json, write_bytes
from factory.core.seeds import derive
from factory.core.tables import DatasetRef, Zone, read_dataset, write_dataset
from factory.core.version import code_digest
from factory.synth.protocol import engine


def synthesize(contract: Contract, train: Path, out: Path, name: str, seed: int) -> DatasetRef:
    """Fit the engine `name` on the dataset in `train` and write as many synthetic people to `out`.

    No more people are drawn than were learned from: more rows strengthen attacks. The fitted model is not kept.
    """
    ref, frames = read_dataset(train)
    synthesizer = engine(name)
    synthesizer.fit(frames, contract, derive(seed, "fit"))
    made = synthesizer.sample(len(frames[contract.person]), derive(seed, "sample"))
    parents = tuple(table.digest for table in ref.tables.values())
    made_ref = write_dataset(made, out, Zone.SYNTHETIC, digest(contract), parents, code_digest())
    facts = {"redrawn": synthesizer.redrawn, "scoreboard": getattr(synthesizer, "scoreboard", [])}
    write_bytes(out / "engine.json", pretty_json({**asdict(synthesizer.info), **facts}))
    return made_ref
