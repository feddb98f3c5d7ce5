"""Batches of one source over time: who is new or changed, who went where in a year, who is in two releases.

Everything here is of the source zone. What is kept of a person is a keyed digest, never an identifier or a value.
"""
