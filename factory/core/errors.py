"""Errors a user can cause, each a sentence, a mending hint and an exit code.

FactoryError
├── ContractError           10  contract.yaml cannot be read or breaks its own rules
├── DataError                   the data do not keep the contract
│   ├── TableMissing        11  a table of the contract has no file
│   ├── ColumnMissing       12  a column of the contract is not in its table
│   ├── WrongType           13  values that are not of the declared type
│   ├── DuplicateKey        14  a primary key occurs more than once, or is empty
│   ├── OrphanRow           15  rows that point to a parent that is not there
│   ├── EmptyTable          16  a file without rows
│   ├── WrongEncoding       17  a text file that is not UTF-8
│   ├── BrokenFile          18  a file that cannot be parsed (truncated, not Parquet, ragged CSV)
│   └── TooFewPeople        19  fewer people than the line can protect
├── StorageError            20  a file or folder cannot be read or written
│   ├── DiskFull            21
│   └── OutputExists        22  the output folder holds something else already
├── RunError                30  the run folder is not in the state the verb needs
│   ├── RunBusy             31  another process works on this run
│   ├── NotReady            32  an earlier stage or vote is missing
│   └── BudgetSpent         33  the privacy budget of these people holds no such spend any more
├── GateFailed              40  the gates judged a figure and it failed
│   ├── IdentifiersFound    41  a scan found identifiers that no listed exception takes
│   ├── AssessmentFailed    42  an assessment found a figure on the bad side of its threshold; the report is written
│   └── AssessmentInconclusive 43  no figure fails, and some cannot be told from their thresholds; never a pass
├── ReviewError             50  a vote that may not be cast
│   └── KeyInvalid          51  a key that cannot be read, or is not this person's
├── BundleInvalid           60  a bundle that is not what was sealed
├── LicenceError            61  a licence that is not valid, or not yet in force
│   └── LicenceExpired      65  a licence, or the evidence on the data, whose last day has passed
├── NotTraced               62  a suspect table in which no licensee's marks were found
├── Revoked                 63  a release or a licence that was taken back
├── TokenRefused            64  a token the catalogue does not take
├── WrongPurpose            66  a purpose the licence does not grant
├── CatalogueUnreachable    67  the catalogue does not answer, or not as one would
└── InternalError           70  a defect of this software

Messages name files, tables, columns and row counts. They never hold a cell value.
"""

from __future__ import annotations

__all__ = [
    "AssessmentFailed",
    "AssessmentInconclusive",
    "BrokenFile",
    "BudgetSpent",
    "BundleInvalid",
    "CatalogueUnreachable",
    "ColumnMissing",
    "ContractError",
    "DataError",
    "DiskFull",
    "DuplicateKey",
    "EmptyTable",
    "FactoryError",
    "GateFailed",
    "IdentifiersFound",
    "InternalError",
    "KeyInvalid",
    "LicenceError",
    "LicenceExpired",
    "NotReady",
    "NotTraced",
    "OrphanRow",
    "OutputExists",
    "ReviewError",
    "Revoked",
    "RunBusy",
    "RunError",
    "StorageError",
    "TableMissing",
    "TokenRefused",
    "TooFewPeople",
    "WrongEncoding",
    "WrongPurpose",
    "WrongType",
]


class FactoryError(Exception):
    """A sentence for the user, a hint how to mend it, and the exit code of the process.

    `message` and `fix` must not contain cell values: they reach terminals, logs and Prefect's database.
    """

    exit_code = 1

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".strip()

    def __reduce__(self) -> tuple[type[FactoryError], tuple[str, str]]:
        # Prefect and multiprocessing pickle exceptions; both fields must come back.
        return type(self), (self.message, self.fix)


class ContractError(FactoryError):
    exit_code = 10


class DataError(FactoryError):
    exit_code = 18


class TableMissing(DataError):
    exit_code = 11


class ColumnMissing(DataError):
    exit_code = 12


class WrongType(DataError):
    exit_code = 13


class DuplicateKey(DataError):
    exit_code = 14


class OrphanRow(DataError):
    exit_code = 15


class EmptyTable(DataError):
    exit_code = 16


class WrongEncoding(DataError):
    exit_code = 17


class BrokenFile(DataError):
    exit_code = 18


class TooFewPeople(DataError):
    exit_code = 19


class StorageError(FactoryError):
    exit_code = 20


class DiskFull(StorageError):
    exit_code = 21


class OutputExists(StorageError):
    exit_code = 22


class RunError(FactoryError):
    exit_code = 30


class RunBusy(RunError):
    exit_code = 31


class NotReady(RunError):
    exit_code = 32


class BudgetSpent(RunError):
    exit_code = 33


class GateFailed(FactoryError):
    exit_code = 40


class IdentifiersFound(GateFailed):
    exit_code = 41


class AssessmentFailed(GateFailed):
    exit_code = 42


class AssessmentInconclusive(GateFailed):
    exit_code = 43


class ReviewError(FactoryError):
    exit_code = 50


class KeyInvalid(ReviewError):
    exit_code = 51


class BundleInvalid(FactoryError):
    exit_code = 60


class LicenceError(FactoryError):
    exit_code = 61


class LicenceExpired(LicenceError):
    exit_code = 65


class NotTraced(FactoryError):
    exit_code = 62


class Revoked(FactoryError):
    exit_code = 63


class TokenRefused(FactoryError):
    exit_code = 64


class WrongPurpose(FactoryError):
    exit_code = 66


class CatalogueUnreachable(FactoryError):
    exit_code = 67


class InternalError(FactoryError):
    exit_code = 70
