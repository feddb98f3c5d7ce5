"""Membership attacks, one a file: each gives every real row a score, and never learns who was trained on.

Source of the game: Yeom et al., CSF 2018. All real people, trained on or not, lie in one pool. What an attack compares
a row with is the synthetic rows and the other people of the pool, so that under a generator that has nothing to do
with who was in the training set, scores of the two kinds of people are exchangeable, whatever the attack does.
"""

from factory.checks.privacy.attacks.battery import ATTACKS, Battery, run_battery

__all__ = ["ATTACKS", "Battery", "run_battery"]
