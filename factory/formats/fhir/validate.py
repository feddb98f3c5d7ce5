"""Written resources held against the models of fhir.resources (R4B), where it is installed."""

from __future__ import annotations

import importlib.util
from collections import Counter
from typing import Any

from factory.core.errors import WrongType
from factory.formats.fhir.paths import Json


def installed() -> bool:
    """True where fhir.resources is."""
    # Asked of the package above first: looking for a part of one that is not there is an error.
    return all(importlib.util.find_spec(name) is not None for name in ("fhir", "fhir.resources"))


class Validator:
    """Counts the resources of one type that are not valid, by the element that is not."""

    def __init__(self, kind: str) -> None:
        from fhir.resources.R4B import get_fhir_model_class

        self.kind = kind
        self.all = 0
        self.invalid: Counter[str] = Counter()
        self._model: Any = get_fhir_model_class(kind)

    def add(self, resource: Json) -> None:
        """Hold one resource against the model."""
        from pydantic import ValidationError

        self.all += 1
        try:
            self._model.model_validate(resource)
        except ValidationError as error:
            # Where, and never what: the messages of pydantic quote the value.
            first = error.errors(include_input=False, include_context=False, include_url=False)[0]["loc"]
            self.invalid[".".join(str(step) for step in first if not isinstance(step, int)) or self.kind] += 1

    def judge(self) -> None:
        """Raise WrongType when a resource was not valid."""
        if self.invalid:
            where, _ = self.invalid.most_common(1)[0]
            raise WrongType(
                f"{sum(self.invalid.values()):,} of {self.all:,} {self.kind} resources are not valid FHIR R4,"
                f" most of them at {where}.",
                "Mend the column that is written there.",
            )
