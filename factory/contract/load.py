"""Reading contract.yaml: one sentence for the first thing that is wrong, naming where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from factory.contract.model import Contract
from factory.contract.rules import KINDS
from factory.core.errors import ContractError
from factory.core.files import canonical_json, sha256_bytes, storage_errors

_SENTENCES = {
    "extra_forbidden": "is not a key that contracts have",
    "missing": "is missing",
    "enum": "is not one of the values allowed there",
    "literal_error": "is not one of the values allowed there",
    "union_tag_invalid": "is of a kind that is not known",
    "union_tag_not_found": "has no kind",
}


class _Loader(yaml.SafeLoader):
    """SafeLoader that refuses a mapping with the same key twice, where PyYAML keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, "a key stands twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """Parse a YAML file with its keys unique. Raises: ContractError, StorageError."""
    with storage_errors(path):
        data = path.read_bytes()
    try:
        return yaml.load(data.decode("utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except UnicodeDecodeError:
        raise ContractError(f"{path.name} is not UTF-8.", "Save it as UTF-8.") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" at line {mark.line + 1}" if mark else ""
        raise ContractError(f"{path.name} is not valid YAML{where}.", "Mend the line and try again.") from None
    except (yaml.YAMLError, ValueError, TypeError):
        raise ContractError(f"{path.name} is not valid YAML.", "Mend it and try again.") from None


def problem_of(error: ValidationError, path: Path) -> ContractError:
    """The first problem of a pydantic model as a sentence with its place and without its value."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"] if part not in KINDS) or "the file"
    if first["type"] == "value_error":
        said = f": {first['msg'].removeprefix('Value error, ')}"
    else:
        said = f" {_SENTENCES.get(first['type'], 'does not have the form a contract needs')}"
    more = len(error.errors()) - 1
    tail = f" ({more} more problem{'s' if more > 1 else ''} after it)" if more else ""
    return ContractError(f"{path.name}: {where}{said}{tail}.", "See docs/contract.md for what may stand there.")


def load(path: Path) -> Contract:
    """Read a contract.

    Raises: ContractError for anything that is not a contract, StorageError when the file cannot be read.
    """
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise ContractError(f"{path.name} holds no mapping.", "See docs/contract.md for the form.")
    try:
        return Contract.model_validate(data)
    except ValidationError as error:
        raise problem_of(error, path) from None


def digest(contract: Contract) -> str:
    """SHA-256 of what the contract says, whatever its layout and comments."""
    return sha256_bytes(canonical_json(contract.model_dump(mode="json", by_alias=True)))
