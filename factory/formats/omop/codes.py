"""Codes of OMOP's concepts as MEDS writes them: the vocabulary, and the concept's code in it."""

from __future__ import annotations

import pyarrow as pa

from factory.formats.meds import Codes
from factory.formats.omop.vocabulary import own_concepts, to_pass_on, with_own_concepts


def codes(concept: pa.Table | None) -> Codes:
    """Codes of every concept of a vocabulary and of OMOP's own, and the names that anybody may have."""
    every = with_own_concepts(concept, own_concepts()["concept_id"].combine_chunks())
    named = to_pass_on(every, every["concept_id"].combine_chunks())
    columns = [named[name].to_pylist() for name in ("concept_id", "vocabulary_id", "concept_code", "concept_name")]
    made = {str(id): (f"{vocabulary}/{code}", name) for id, vocabulary, code, name in zip(*columns, strict=True)}
    return Codes({id: code for id, (code, _) in made.items()}, dict(sorted(made.values())))
