"""Prefect flows, thin: each task calls one function of `factory` and passes references, never values."""
