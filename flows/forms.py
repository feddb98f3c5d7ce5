"""What a person fills in to start a flow: Prefect's UI makes forms of these models, and its server checks by them.

Paths and names only. What they hold is kept in Prefect's database and shown in its UI, so there is no field for a seed,
a password or the text of a key, and what is not a field is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from factory.core.errors import StorageError
from factory.core.spread import MOST, Spread, spread_of
from factory.formats.address import check_no_password

_LONGEST = 1024


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("one line of signs that can be seen")
    return text


def _without_password(address: str) -> str:
    try:
        check_no_password(address)
    except StorageError as error:
        raise ValueError(error.message) from None
    return address


PathText = Annotated[str, Field(min_length=1, max_length=_LONGEST), AfterValidator(_one_line)]
Address = Annotated[PathText, AfterValidator(_without_password)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
Engine = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]


class _Form(BaseModel):
    # What was typed is not repeated in an error, which Prefect would store.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ProduceForm(_Form):
    """A run of the line. With a contract and data it is begun, or gone on with; without, it must have been begun."""

    run: PathText = Field(title="Run folder", description="Made, or gone on with, on the worker's machine.")
    contract: PathText | None = Field(None, title="Contract", description="Path of the contract, a YAML file.")
    data: Address | None = Field(
        None, title="Data", description="Folder of the tables in the source zone, or the address of a database."
    )
    engine: Engine = Field("auto", title="Engine", description="See: factory synth --engines")
    producer: Name = Field("producer", title="Producer", description="Name in people.yaml; may not review.")
    people: PathText | None = Field(None, title="People", description="Path of people.yaml.")
    since: PathText | None = Field(
        None, title="Since", description="Earlier run folder: only people new or changed since its batch are taken."
    )
    register_folder: PathText | None = Field(
        None, title="Register", description="Folder of the register of batches, if not .register beside the run."
    )
    workers: int = Field(1, ge=1, le=MOST, title="Workers", description="Processes of the machine that share the work.")
    dask: Address | None = Field(
        None, title="Dask scheduler", description="tcp://HOST:PORT, in the source zone: its workers share the work."
    )

    @property
    def spread(self) -> Spread:
        """Who does the work. Raises: RunError."""
        return spread_of(self.workers, self.dask or "")


class ReleaseForm(_Form):
    """A release of an approved run."""

    run: PathText = Field(title="Run folder")
    licence: PathText = Field(title="Licence", description="Folder of the offer that both sides signed.")
    name: Name = Field(title="Release officer", description="Name in people.yaml.")
    key: PathText = Field(title="Key file", description="Path of their private key on the worker's machine.")


class ReassessForm(_Form):
    """Measuring earlier runs again with the code of today."""

    runs: PathText = Field("runs", title="Runs", description="A folder with runs in it, or one run.")


class ExpiryForm(_Form):
    """Looking for what ends. The store's address is taken from FACTORY_STORE, since it may hold a password."""

    home: PathText = Field("room", title="Room", description="Folder of the room.")
    days: int = Field(60, ge=0, le=3660, title="Days ahead")

    @property
    def folder(self) -> Path:
        """`home` as a path."""
        return Path(self.home)
