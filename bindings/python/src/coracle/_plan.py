# SPDX-License-Identifier: Apache-2.0
"""What a session was planned to do."""
from __future__ import annotations

from typing import NamedTuple


class SessionMemory(NamedTuple):
    """Bytes that a session needs or has: C's coracle_memory."""

    weight_bytes: int
    """Constants of the model, mapped and shared, not allocated."""
    arena_bytes: int
    """Activations, inputs and outputs, as planned."""
    scratch_bytes: int
    """The largest working space of any operator."""
    packed_bytes: int
    """Weights in another order than the file's, made at prepare."""
    state_bytes: int
    """Tables of the session, and tensors whose size only a run tells."""


class NodePlan(NamedTuple):
    """One operator of the plan: C's coracle_node_plan."""

    name: str
    """The node's name in the model."""
    operator_name: str
    """Such as "convolution"."""
    backend_name: str
    """Such as "generic"."""
    kernel_name: str
    """Such as "1x1 as GEMM (OpenBLAS)"."""
    reason: str
    """Why this backend and this kernel, in a few words."""
    subgraph: int
    """0 for the main graph."""
    scratch_bytes: int
    """Working space of this operator."""
    evaluated_at_prepare: bool
    """Whether the result depends on shapes only and is not computed again."""
