"""Drafting a contract from data: a guess for each column, with its reason beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from factory.core.errors import ContractError
from factory.formats.combined import Chosen
from factory.formats.hints import Hinted, Hints, among
from factory.formats.source import Source

# Guessed from the column's name, in English or Chinese: pattern, class.
_NAMES = (
    (r"(^|_)(mrn|hn)($|_)|病[历歷]号|病歷號", "mrn"),
    (r"hkid|passport|(^|_)ssn|national_?id|id_?(number|no|card)$|身份证|身份證", "national-id"),
    (r"phone|mobile|(^|_)tel($|_)|电话|電話|手机", "phone"),
    (r"(^|_)fax", "fax"),
    (r"e?mail|邮箱|電郵", "email"),
    (r"postcode|(^|_)zip|(^|_)postal|邮编|郵編", "postcode"),
    (
        r"address|street|(^|_)(lat|latitude|lon|lng|long|longitude|town|city|county|district|village|suburb|estate|home_estate)($|_)"
        r"|地址|住址|籍贯|籍貫|户籍|戶籍|村|邨",
        "address",
    ),
    (
        r"(^|_)name($|_)|surname|(^|_)(first|last|given|forename|family|middle)(_?name)?$|(^|_)kin_|attending|(^|_)(doctor|consultant|physician|surgeon|nurse)($|_)|姓名|^姓$|^名$|聯絡人",
        "name",
    ),
    (r"payer_(number|no)|insurance_(no|number)|policy_no|医保", "health-plan"),
    (r"serial|device_id", "device"),
    (r"(^|_)url($|_)", "url"),
    (r"(^|_)ip(_|$)", "ip"),
    (r"plate|vehicle|(^|_)vin($|_)", "vehicle"),
    (r"employer|company|workplace|work_unit|school|单位|單位|雇主|僱主|学校|學校", "other"),
    (
        r"(^|_)(mother|father|parent|spouse|husband|wife|next_of_kin|guardian|emergency_contact)|家属|家屬|联系人",
        "name",
    ),
    (r"last_?(4|four)|(^|_)(hash|digest|md5|sha1|sha256|initials)($|_)|尾号|尾號|末四位", "other"),
    (r"file_?(name|path)?$|attachment|文件名", "other"),
)
# Guessed from what nearly every value looks like: pattern, class, words for the reason.
_LOOKS = (
    (r"[A-Za-z]{1,2}\s?\d{6}\s?[(（]?[0-9A][)）]?", "national-id", "a Hong Kong identity card number"),
    (r"\d{17}[\dXx]", "national-id", "a resident identity number"),
    (r"[^@\s]+@[^@\s]+", "email", "an e-mail address"),
    (r"(\+?\d{2,3}[- ]?)?1[3-9]\d{9}|[235-9]\d{3}[- ]?\d{4}", "phone", "a phone number"),
    (r"https?://\S+", "url", "a web address"),
)
_QUASI = re.compile(r"^(sex|gender|race|ethnic\w*|age|marital\w*|religion|language|性别|年龄)$", re.IGNORECASE)
# What exports write for a missing value, beside nothing at all.
_MISSING = ("NA", "N/A", "NaN", "nan", "NULL", "null", "?", ".")
_CODE = re.compile(r"(^|_|[a-z])(id|code|cd)$", re.IGNORECASE)
_TIME = re.compile(r"^(days?|hours?|minutes?|mins?|time|offset|chart_?time|day_?offset)$", re.IGNORECASE)
_MOSTLY = 0.9
_LONG_TEXT = 60
_FEW = 0.2
_MOST_WHOLE = 2.0**63


_HEAD = "# Drafted from data: read every `reason`, and check it before you rely on it.\n"
_STATEMENT = """
# What software cannot know. Fill it in and take the marks away: without it control GD-7 refuses the run.
# statement:
#   controller: who answers for the personal data the release is drawn from
#   legal_basis: on what the de-identification rests
#   dpia: reference of the data protection impact assessment
#   dpo: who signs for data protection
#   review_on: 2027-12-31
"""


def draft_source(source: Source, name: str) -> str:
    """A contract in YAML for all tables of a source, or for those it has hints of; each column says why it is so.

    Raises: ContractError when no column of a table can be its key; the errors of reading.
    """
    hints = _hints_of(source)
    names = source.tables() if hints is None else hints.tables
    made = drafted({table: source.read(table, ("",)) for table in names}, name, hints=hints)
    return _HEAD + yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=110) + _STATEMENT


def _hints_of(source: Source) -> Hints | None:
    if isinstance(source, Chosen):
        whole = _hints_of(source.source)
        return None if whole is None else among(whole, source.tables())
    return source.hints() if isinstance(source, Hinted) else None


def drafted(
    read: Mapping[str, pa.Table], name: str, row_key: str | None = None, hints: Hints | None = None
) -> dict[str, Any]:
    """A contract, as YAML holds it, for tables by name.

    `row_key` names a key that no file has, for a table that no column can be the key of. `hints` say of each table what
    need not be guessed.
    Raises: ContractError when no column of a table can be its key.
    """
    read = {table: plain_types(columns, table) for table, columns in read.items()}
    if hints is not None:
        return _contract(name, hints.person, *_as_hinted(read, hints), rules=hints.rules)
    unique = {table: _unique(columns) for table, columns in read.items()}
    tables = {table: _table(table, columns, _key(table, unique, read, row_key)) for table, columns in read.items()}
    relations = _relations(tables, read)
    children = {link["child"].partition(".")[0] for link in relations}
    people = [table for table in tables if table not in children]
    return _contract(name, people[0], tables, relations)


def _contract(
    name: str,
    person: str,
    tables: dict[str, Any],
    relations: list[dict[str, str]],
    rules: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    return {
        "contract": 1,
        "name": re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "data-set",
        "title": "DRAFT: say what this data set is",
        "licensor": "DRAFT: say who owns it",
        "person": person,
        "tables": tables,
        "relations": relations,
        **({"rules": rules} if rules else {}),
    }


def _as_hinted(read: Mapping[str, pa.Table], hints: Hints) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Tables and relations as the hints say; columns they do not name are guessed."""
    tables: dict[str, Any] = {}
    for name, hint in hints.tables.items():
        guessed = _table(name, read[name].drop_columns(sorted({*hint.left_out, *hint.columns})), hint.key)
        columns = {**guessed["columns"], **hint.columns}
        ordered = [column for column in read[name].column_names if column in columns]
        withhold = {"withhold": True} if hint.withhold else {}
        tables[name] = {**guessed, **withhold, "columns": {column: columns[column] for column in ordered}}
    relations = [
        {"child": f"{name}.{hint.link}", "parent": f"{hint.parent}.{hints.tables[hint.parent].key}"}
        for name, hint in hints.tables.items()
        if hint.parent is not None
    ]
    return tables, relations


def plain_types(read: pa.Table, name: str) -> pa.Table:
    """The table with dictionaries as their values and columns without any type as text.

    Raises: ContractError when a cell holds more than one value.
    """
    for at, field in enumerate(read.schema):
        if pa.types.is_dictionary(field.type):
            read = read.set_column(at, field.name, read[at].cast(field.type.value_type))
        elif pa.types.is_null(field.type):
            read = read.set_column(at, field.name, read[at].cast(pa.string()))
        elif pa.types.is_nested(field.type) or _is_bytes(field.type) or isinstance(field.type, pa.BaseExtensionType):
            raise ContractError(f"{name}: the cells of the column {field.name} are no plain values.", "Leave it out.")
    return read


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def _unique(read: pa.Table) -> list[str]:
    """Columns whose values name each row: whole, all different, and neither moments nor measurements."""
    return [
        c
        for c in read.column_names
        if not (pa.types.is_temporal(read[c].type) or pa.types.is_floating(read[c].type))
        and not read[c].null_count
        and pc.count_distinct(read[c]).as_py() == len(read)
        and not (len(read) and re.match(r"\d{4}-\d{2}-\d{2}|\d+\.\d", str(read[c][0].as_py())))
    ]


def _key(table: str, unique: dict[str, list[str]], read: Mapping[str, pa.Table], row_key: str | None) -> str:
    """The column that names each row: first one that rows of other tables point to, then one called an id."""
    pointed = {
        c: sum(c in other.column_names and c not in unique[name] for name, other in read.items() if name != table)
        for c in unique[table]
    }
    named = [c for c in unique[table] if re.search(r"id$|mrn|号$|號$|no$|nbr$|number$", c, re.IGNORECASE)]
    best = max(pointed, key=lambda c: pointed[c], default=None)
    key = best if best is not None and pointed[best] else next(iter(named or unique[table]), row_key)
    if key is None:
        raise ContractError(f"{table} has no column that names each row once.", "Add one before drafting.")
    return key


def _table(name: str, read: pa.Table, key: str) -> dict[str, Any]:
    # One column at a time: text takes many times its size as Python objects.
    columns, missing = {}, set()
    for column in read.column_names:
        values = read[column].to_pandas()
        if values.dtype == object:
            words = values.isin(_MISSING)
            missing.update(values[words].unique().tolist())
            values = values.mask(words, None)
        columns[column] = _column(column, values, column == key)
    if key not in columns:
        columns[key] = {"role": "key", "type": "integer", "reason": "no column names each row once"}
    said = {"missing": ["", *sorted(missing)]} if missing else {}
    return {"key": key, **said, "columns": columns}


def _column(name: str, values: pd.Series, is_key: bool) -> dict[str, Any]:
    there = values.dropna()
    text = there.astype(str)
    kind, why = _type(there, text)
    if is_key:
        return {"role": "key", "type": "string", "as": f"{name}_row", "reason": "no two rows share a value"}
    for pattern, identifier in _NAMES:
        if re.search(pattern, name, re.IGNORECASE):
            return {
                "role": "identifier",
                "type": "string",
                "class": identifier,
                "reason": "the column's name says so",
            }
    for pattern, identifier, words in _LOOKS:
        if kind in ("string", "integer") and len(text) and text.str.fullmatch(pattern).mean() > _MOSTLY:
            return {
                "role": "identifier",
                "type": "string",
                "class": identifier,
                "reason": f"nearly every value looks like {words}",
            }
    if kind in ("date", "datetime"):
        birth = bool(re.search(r"birth|born|dob|出生|生日", name, re.IGNORECASE))
        return {"role": "date", "type": kind, **({"birth": True} if birth else {}), "reason": why}
    if kind == "string" and len(text) and text.str.len().mean() > _LONG_TEXT:
        return {"role": "free-text", "type": "string", "reason": "values are long text"}
    if kind == "integer" and len(text) and text.is_unique:
        return {"role": "identifier", "type": "string", "class": "other", "reason": "no two rows share a value"}
    if kind == "string" and len(text) and text.nunique() > _FEW * len(text):
        return {
            "role": "identifier",
            "type": "string",
            "class": "other",
            "reason": "many different values; safe until looked at",
        }
    if kind == "integer" and _TIME.search(name) and not text.is_unique:
        return {"role": "clinical", "type": kind, "time": True, "reason": "the column's name says it is a time"}
    if kind == "integer" and _CODE.search(name):
        kind, why = "category", "whole numbers under a name that says they are codes"
    role = "quasi-identifier" if _QUASI.search(name) else "clinical"
    said = "a neighbour may know it" if role == "quasi-identifier" else why
    age = {"age": True} if re.search(r"^age|_age$|年龄|年齡", name, re.IGNORECASE) else {}
    return {"role": role, "type": "category" if kind == "string" else kind, **age, "reason": said}


def _type(there: pd.Series, text: pd.Series) -> tuple[str, str]:
    if there.empty:
        return "string", "every value is missing"
    if pd.api.types.is_datetime64_any_dtype(there):
        return "datetime", "stored as a time"
    for kind, pattern in (
        ("date", r"\d{4}-\d{2}-\d{2}"),
        ("datetime", r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?"),
    ):
        if text.str.fullmatch(pattern).all():
            return kind, "every value is written as one"
    if pd.api.types.is_bool_dtype(there):
        return "boolean", "stored as yes or no"
    numbers = pd.to_numeric(text, errors="coerce")
    if numbers.notna().all() and not text.str.fullmatch(r"0\d+").any():
        return (
            ("integer", "every value is a whole number")
            if (numbers % 1 == 0).all() and numbers.abs().max() < _MOST_WHOLE
            else ("number", "every value is a number")
        )
    return "string", "few different values"


def _relations(tables: dict[str, Any], read: Mapping[str, pa.Table]) -> list[dict[str, str]]:
    """A column whose name is another table's key, and whose values all occur there, points to it.

    Where a table points to several (a stay, its admission, its patient) the lowest of them is its parent; the other
    columns are keys too, and say nothing that the parent does not.
    """
    above = {child: _pointed_to(child, tables, read) for child in tables}
    made: list[dict[str, str]] = []
    for child, table in tables.items():
        for parent in above[child]:
            key = tables[parent]["key"]
            said = f"a key of {parent}"
            table["columns"][key] = {"role": "key", "type": "string", "as": f"{key}_row", "reason": said}
        whole = [
            parent
            for parent in above[child]
            if not read[child][tables[parent]["key"]].null_count and child not in _over(parent, made)
        ]
        if whole:
            parent = max(whole, key=lambda name: _height(name, above))
            key = tables[parent]["key"]
            table["columns"][key]["reason"] = f"every value is a key of {parent}"
            made.append({"child": f"{child}.{key}", "parent": f"{parent}.{key}"})
    return made


def _pointed_to(child: str, tables: dict[str, Any], read: Mapping[str, pa.Table]) -> list[str]:
    found = []
    for parent, other in tables.items():
        key = other["key"]
        if parent == child or key not in read[child].column_names or key == tables[child]["key"]:
            continue
        values = read[child][key].to_pandas().dropna()
        if len(values) and values.isin(read[parent][key].to_pandas()).all():
            found.append(parent)
    return found


def _over(table: str, links: list[dict[str, str]]) -> set[str]:
    """The table itself and all tables above it so far."""
    up = {link["child"].partition(".")[0]: link["parent"].partition(".")[0] for link in links}
    found = {table}
    while table in up:
        table = up[table]
        found.add(table)
    return found


def _height(table: str, above: dict[str, list[str]], seen: tuple[str, ...] = ()) -> int:
    """How many tables stand above one."""
    up = [parent for parent in above[table] if parent not in seen]
    return 1 + max(_height(parent, above, (*seen, table)) for parent in up) if up else 0
