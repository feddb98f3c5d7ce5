"""Engines and row models made with SDV 2.0: Gaussian copula, CTGAN, TVAE, CopulaGAN, HMA and PAR.

SDV never sees a column's name or a category: what it is given are the columns c0, c1, ... of numbers and level numbers
(`coding`), so its metadata, its messages and its errors have none to hold. Its import writes a settings file into the
user's data folder; `quiet` imports it first, without.

Source: Patki, Wedge, Veeramachaneni, The Synthetic Data Vault, DSAA 2016.
"""

from factory.synth.sdv.quiet import import_quietly

import_quietly()
