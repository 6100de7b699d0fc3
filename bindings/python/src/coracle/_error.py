# SPDX-License-Identifier: Apache-2.0
"""Results of calls: a status, and an exception with a sentence."""
from __future__ import annotations

import enum
import re


class Status(enum.IntEnum):
    """Why a call failed. Values are those of coracle/status.h, pinned for ever, in families of a hundred."""

    INVALID_ARGUMENT = 100
    NOT_FOUND = 101
    INVALID_SHAPE = 102
    INVALID_TYPE = 103
    OUT_OF_RANGE = 104
    OUT_OF_MEMORY = 200
    OVER_BUDGET = 201
    IO = 202
    THREAD = 203
    NOT_A_MODEL = 300
    NEWER_VERSION = 301
    CORRUPT = 302
    INVALID_MODEL = 303
    UNSUPPORTED = 304
    CANCELLED = 400
    BACKEND_FAILED = 401
    INTERNAL = 500

    @classmethod
    def _missing_(cls, value: object) -> Status:
        """A status that only a newer library knows."""
        return cls.INTERNAL


# The library begins a sentence about an operator so: convolution "head.0": …
_OPERATOR = re.compile(r'(?!(?:input|output|tensor|backend) )(?P<operator>[a-z][a-z0-9_]*) "(?P<node>[^"]*)": ')


class Error(Exception):
    """A failed call: `status`, the library's sentence as `message`, and, where the sentence is about an operator of the model, its kind as
    `operator` (such as "convolution") and its name in the model as `node`; else both are None."""

    def __init__(self, status: Status, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        found = _OPERATOR.match(message)
        self.operator: str | None = found["operator"] if found else None
        self.node: str | None = found["node"] if found else None

    def __str__(self) -> str:
        return f"{self.message} ({self.status.name})"
