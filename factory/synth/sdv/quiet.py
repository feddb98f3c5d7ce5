"""SDV without its traces: no files, no progress, no log, no warning, no error that quotes a value.

Its import makes a folder and a settings file under the user's data directory, and opens a log file there when those
settings say so (`sdv.logging.utils.get_sdv_logger_config`). Where that folder cannot be made it goes without, so it
is given one that cannot. SDV 2.0 opens no connection unless a demo data set is asked for.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import os
import random
import warnings
from collections.abc import Iterator
from unittest import mock

import numpy as np

from factory.core.errors import FactoryError, InternalError

_LOGGERS = ("SingleTableSynthesizer", "MultiTableSynthesizer", "Metadata", "SingleTableMetadata")
_PACKAGES = ("sdv", "rdt", "copulas", "ctgan", "deepecho")
_SEED_BITS = 0xFFFFFFFF


def import_quietly() -> None:
    """Import SDV so that it makes no folder and no file, and shut its logs."""
    with mock.patch("platformdirs.user_data_dir", return_value=f"{os.devnull}/sdv"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("sdv")
    for name in _LOGGERS:
        logging.getLogger(name).disabled = True
    for name in _PACKAGES:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def small(seed: int) -> int:
    """The part of a seed that NumPy's old generators take: 32 bits."""
    return seed & _SEED_BITS


@contextlib.contextmanager
def quietly(what: str, seed: int) -> Iterator[None]:
    """Call SDV inside: silent, from our seed, the global generators as they were afterwards.

    `what` names the model for the error. Raises: InternalError for whatever SDV raises, by its type alone, since its
    messages quote values.
    """
    with _own_random_state(seed), _silent():
        try:
            yield
        except FactoryError:
            raise
        except Exception as error:  # noqa: BLE001 - any message of SDV's may hold a value
            failed = type(error).__name__
            raise InternalError(f"{what} of SDV stopped with {failed}.", "Use the engine 'trees'.") from None


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    shut = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(shut), contextlib.redirect_stderr(shut):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _own_random_state(seed: int) -> Iterator[None]:
    import torch

    python, numpy, pytorch = random.getstate(), np.random.get_state(), torch.get_rng_state()
    random.seed(seed)
    np.random.seed(small(seed))
    torch.manual_seed(small(seed))
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(pytorch)
