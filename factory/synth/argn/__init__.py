"""Engine `argn`: MOSTLY AI's TabularARGN, an autoregressive network, run by a Python process of its own.

What the network is given are class numbers: no column's name, no category, no number and no value that fewer than the
policy's k people hold (`coding`). Its process starts from a seed, offline, with home, caches and workspace in a folder
that is gone when it ends (`process`); what is left is the trained network in memory.

Source: Tiwald et al., TabularARGN: A Flexible and Efficient Auto-Regressive Framework for Generating High-Fidelity
Synthetic Data, 2025 (arXiv:2501.12012).
"""
