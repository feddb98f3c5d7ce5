"""The unit of privacy is the person: at most so many rows of each are kept."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.core.seeds import derive
from factory.synth.rows import People


def kept_rows(people: People, most: int, seed: int) -> npt.NDArray[np.int64]:
    """Rows (ascending) of which at most `most` are of one person.

    Which of a person's rows stay depends on the seed, the person and the count of the row among the person's own, never
    on a value, nor on anybody else's rows: so one person more or less changes at most `most` of the rows kept.
    """
    owner = pd.Series(people)
    nth = owner.groupby(owner, sort=False).cumcount()
    key = derive(seed, "rows of a person").to_bytes(8, "big")
    lot = [_lot(key, who, which) for who, which in zip(owner.tolist(), nth.tolist(), strict=True)]
    order = pd.DataFrame({"owner": owner, "lot": lot}).sort_values(["owner", "lot"], kind="stable")
    rank = order.groupby("owner", sort=False).cumcount()
    return np.sort(order.index[rank < most].to_numpy(np.int64))


def _lot(key: bytes, who: int, which: int) -> int:
    return int.from_bytes(hashlib.blake2b(f"{who}/{which}".encode(), key=key, digest_size=7).digest(), "big")
