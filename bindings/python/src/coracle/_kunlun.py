# SPDX-License-Identifier: Apache-2.0
"""The options of the Kunlun simulator, a backend in a shared library of its own; docs/kunlun-numerics.md says what it simulates."""
from __future__ import annotations

import ctypes
import dataclasses
import enum
import os

from ._error import Error, Status
from ._library import raise_error
from ._structures import BackendStructure, ErrorStructure, KunlunOptionsStructure


class KunlunPrecision(enum.IntEnum):
    """What the operands of a matrix product are rounded to. Values are those of coracle/kunlun.h."""

    INT8 = 0
    INT16 = 1
    INT31 = 2
    INT31_WITH_LL = 3
    FLOAT16 = 4
    BFLOAT16 = 5
    TFLOAT32 = 6


@dataclasses.dataclass(frozen=True)
class KunlunOptions:
    """What is simulated, for Backend("libcoracle_kunlun.so", KunlunOptions(…)).

    `generation`: 1 (K100, K200) or 2 (R100, R200, R300); 0: that of the session's profile where it is a card's, else 2.
    `per_channel_weights`: each output channel of a constant right factor has its own maximum.
    `quant_post_dynamic_activation_method`: 0: one maximum for the tensor; 1: one for every 16 elements, second generation only.
    `link_max`: products take the largest magnitude of an operand from the operator that wrote it, where it was left; else a pass searches it. The
    numbers are the same."""

    generation: int = 0
    gemm_compute_precision: KunlunPrecision = KunlunPrecision.INT16
    per_channel_weights: bool = False
    quant_post_dynamic_activation_method: int = 0
    link_max: bool = True

    def table(self, path: str | os.PathLike[str]) -> BackendStructure:
        """The table that the library at `path` makes for these options; the library stays loaded. Error as Backend says."""
        try:
            function = ctypes.CDLL(os.fspath(path)).coracle_backend_kunlun
        except AttributeError as failure:
            raise Error(Status.INVALID_ARGUMENT, f"{os.fspath(path)} is not the Kunlun simulator: it has no function coracle_backend_kunlun") from failure
        except OSError as failure:
            raise Error(Status.IO, f"the backend cannot be loaded: {failure}") from failure
        options = KunlunOptionsStructure(generation=self.generation, gemm_compute_precision=self.gemm_compute_precision,
                                         per_channel_weights=self.per_channel_weights,
                                         quant_post_dynamic_activation_method=self.quant_post_dynamic_activation_method,
                                         link_max=self.link_max)
        table, error = BackendStructure(), ErrorStructure()
        if function(ctypes.byref(options), ctypes.byref(table), ctypes.byref(error)):
            raise_error(error)
        return table
