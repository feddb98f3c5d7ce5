"""Attacks on the synthetic tables, each with a control on people the engine never saw."""
