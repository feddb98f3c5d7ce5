"""DeepEcho's network with its loss and its sampling put right.

DeepEcho 0.8.1 compares what the network says of a number with the last rows of the padded batch
(`PARModel._compute_loss`, `X_padded[-seq_len[i]:]`): in every sequence shorter than the longest those are padding,
so numbers are learned as zeros. It samples the step that says a sequence is over and hands it out as a row more
(`_sample_sequence`), and calls half of all numbers missing until it has learned that none is. Here every step is
compared with the one after it, padding left out, all sequences at once; and the step that ends a sequence is no row.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import mock

import torch
from deepecho import PARModel  # type: ignore[import-untyped]

_LEAST_SPREAD = 1e-3
# A logit whose probability is nothing, and yet has a logarithm.
_NEVER = -30.0


class AlignedPar(PARModel):  # type: ignore[misc]
    """`deepecho.PARModel`, each step's prediction compared with the step after it."""

    def _compute_loss(self, X_padded: torch.Tensor, Y_padded: torch.Tensor, seq_len: torch.Tensor) -> torch.Tensor:  # noqa: N803
        """Mean negative log likelihood a sequence and column.

        `X_padded` (steps, sequences, size) are the steps to come, `Y_padded` what was said of them, and `seq_len`
        (sequences,) the steps of each sequence with its start, one more than there are to come.
        """
        steps = torch.arange(X_padded.shape[0])[:, None]
        there = (steps < seq_len[None, :] - 1).to(X_padded.dtype)
        # The last step of each sequence says that it is over: it has no values.
        body = (steps < seq_len[None, :] - 2).to(X_padded.dtype)
        total = torch.zeros(())
        for key, column in self._data_map.items():
            if column["type"] == "categorical":
                at = list(column["indices"].values())
                said = torch.nn.functional.log_softmax(Y_padded[:, :, at], dim=2)
                total = total + ((said * X_padded[:, :, at]).sum(dim=2) * (there if key == "<TOKEN>" else body)).sum()
            else:
                mean, spread, _ = column["indices"]
                sigma = torch.nn.functional.softplus(Y_padded[:, :, spread]) + _LEAST_SPREAD
                away = (X_padded[:, :, mean] - Y_padded[:, :, mean]) / sigma
                total = total - ((away**2 / 2 + sigma.log()) * body).sum()
        return -total / (X_padded.shape[1] * len(self._data_map))

    def _sample_sequence(
        self, context: torch.Tensor | None, min_length: int, max_length: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Steps (rows, 1, size) of one sequence, and their log likelihood; `context` (1, columns)."""
        tokens = self._data_map["<TOKEN>"]["indices"]
        missing = [column["indices"][2] for column in self._data_map.values() if column["type"] == "continuous"]
        steps = torch.zeros(1, 1, self._data_dims)
        steps[0, 0, tokens["<START>"]] = 1.0
        likelihood = torch.zeros(())
        for length in range(max_length):
            said = self._model(steps, context)[-1:, :, :]
            said[0, 0, [tokens["<START>"], *missing]] = _NEVER
            if length < min_length:
                said[0, 0, tokens["<END>"]] = _NEVER
            following, further = self._sample_state(said)
            if following[0, 0, tokens["<END>"]] > 0:
                break
            steps, likelihood = torch.cat([steps, following]), likelihood + further
        return steps[1:], likelihood


@contextlib.contextmanager
def aligned() -> Iterator[None]:
    """Let SDV's PAR make its network with the loss put right."""
    with mock.patch("sdv.sequential.par.PARModel", AlignedPar):
        yield
