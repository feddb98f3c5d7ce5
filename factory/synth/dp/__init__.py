"""Differential privacy: a model of a table's rows whose unit is the patient, and the ledger of what was spent.

Needs the extra `dp`; nothing else of the line imports OpenDP.
"""

from factory.synth.dp.ledger import Ledger, Spend
from factory.synth.dp.rows import PrivateRows
from factory.synth.dp.settings import Settings

__all__ = ["Ledger", "PrivateRows", "Settings", "Spend"]
