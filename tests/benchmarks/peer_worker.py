"""Run by another Python, one that has the peer: python peer_worker.py PEER TRAIN.parquet MADE.parquet SEED

PEER is the package's name. It learns the rows of TRAIN.parquet as it does out of the box; as many new ones go to
MADE.parquet, and {version, fit, sample: seconds, peak: GB} is printed. Categories are text, all else numbers. The file
imports nothing of the factory, whose packages that Python lacks.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

GONE = "_is_missing"


def argn(rows: Any, seed: int) -> Callable[[int], Any]:
    """MOSTLY AI's TabularARGN with its defaults."""
    for unused in ("torchvision", "torchaudio"):  # a CPU build of PyTorch may break them, and tables need neither
        sys.modules.setdefault(unused, None)  # type: ignore[arg-type]
    engine = import_module("mostlyai.engine")
    folder = tempfile.mkdtemp()  # in the folder that the caller removes
    model = engine.TabularARGN(random_state=seed, device="cpu", workspace_dir=folder)
    model.fit(rows)
    return model.sample


def arf(rows: Any, seed: int) -> Callable[[int], Any]:
    """An adversarial random forest with its defaults; it knows no missing values, so they are levels of their own."""
    module, numpy = import_module("arfpy.arf"), import_module("numpy")
    numpy.random.seed(seed)  # arfpy and scikit-learn draw from the global generator
    numbers = [name for name in rows.columns if rows[name].dtype != object]
    plain = rows.copy()
    for name in rows.columns:
        gone = rows[name].isna()
        if name not in numbers:
            plain[name] = rows[name].where(~gone, GONE)
        elif gone.any():
            plain[name + GONE] = gone.map({True: "yes", False: "no"}).astype(object)
            plain[name] = rows[name].fillna(rows[name].median())
    model = module.arf(plain, verbose=False)
    model.forde()

    def draw(count: int) -> Any:
        made = model.forge(count)
        for name in rows.columns:
            if name not in numbers:
                made[name] = made[name].where(made[name] != GONE, None)
            elif name + GONE in made.columns:
                made[name] = made[name].astype("float64").mask(made[name + GONE] == "yes")
        return made[list(rows.columns)]

    return draw


PEERS = {"mostlyai-engine": argn, "arfpy": arf}


def main(peer: str, train: Path, out: Path, seed: int) -> None:
    """Learn, draw, write and say what it took."""
    pandas = import_module("pandas")
    rows = pandas.read_parquet(train)
    began = time.perf_counter()
    draw = PEERS[peer](rows, seed)
    fitted = time.perf_counter()
    made = draw(len(rows))
    done = time.perf_counter()
    made.to_parquet(out, index=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    took = {"version": version(peer), "fit": fitted - began, "sample": done - fitted, "peak": peak}
    print(json.dumps(took))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
