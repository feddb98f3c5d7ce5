"""De-identify a column of free text: each cell among the documents of its person."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from factory.deid.text.detector import Detector
from factory.deid.text.records import KnownPeople
from factory.deid.text.replace import Replacement, replace
from factory.deid.text.spans import PhiClass


def deidentify_column(
    values: pd.Series,
    owners: pd.Series,
    known: KnownPeople | None = None,
    *,
    replacement: Replacement = "tag",
    seed: int = 0,
) -> tuple[pd.Series, dict[PhiClass, int]]:
    """De-identify a column of texts (n values, missing ones stay missing); `owners` holds each row's person.

    Returns the new column (same index) and how many spans of each class went.
    """
    there = values.notna().to_numpy()
    texts = [str(text) for text in values[there]]
    people = [None if pd.isna(owner) else owner for owner in owners[there]]
    found = Detector(known).find_many(texts, people)
    counts = Counter(span.kind for spans in found for span in spans)
    made = values.astype(object).copy()
    made[there] = [
        replace(text, spans, replacement, person=person, seed=seed)
        for text, spans, person in zip(texts, found, people, strict=True)
    ]
    return made, dict(counts)
