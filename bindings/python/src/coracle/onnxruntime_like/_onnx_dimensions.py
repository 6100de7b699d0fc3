# SPDX-License-Identifier: Apache-2.0
"""Names of open dimensions in an ONNX file, which a converted model does not carry.

ONNX files are protocol buffers; field numbers are those of onnx.proto3, the encoding is described at protobuf.dev/programming-guides/encoding.
Only the few fields below are looked at, the rest, weights above all, is skipped."""
from __future__ import annotations

from typing import Iterator, Union

Dimension = Union[int, str, None]
_Value = Union[int, memoryview]


def read_dimensions(data: bytes) -> dict[str, list[Dimension]]:
    """By the name of an input or output: extents, names of open ones, or None for open ones without a name. A file that is cut off or no ONNX
    file gives what came before: the converter judges it, not this."""
    found: dict[str, list[Dimension]] = {}
    try:
        for number, value in _fields(memoryview(data)):
            if number == 7:
                for inner, field in _fields(value):
                    if inner in (11, 12):
                        information = dict(_fields(field))
                        found[_text(information.get(1))] = _dimensions(information.get(2))
    except (IndexError, TypeError):
        pass
    return found


def _dimensions(kind: _Value | None) -> list[Dimension]:
    """Of TypeProto: tensor_type, in it the shape, in it a dim_value or a dim_param each."""
    if kind is None:
        return []
    shape = dict(_fields(dict(_fields(kind)).get(1, memoryview(b"")))).get(2, memoryview(b""))
    found: list[Dimension] = []
    for number, value in _fields(shape):
        if number == 1:
            dimension = dict(_fields(value))
            extent = dimension.get(1)
            found.append(extent if isinstance(extent, int) and extent >= 0 else _text(dimension.get(2)) or None)
    return found


def _fields(message: _Value) -> Iterator[tuple[int, _Value]]:
    """The fields of a message: numbers as int, all else as its bytes. Raises IndexError where it is cut off, TypeError where it is no message."""
    if isinstance(message, int):
        raise TypeError
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        kind = key & 7
        if kind == 0:
            value, position = _varint(message, position)
            yield key >> 3, value
            continue
        if kind == 2:
            size, position = _varint(message, position)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise TypeError
        if size > len(message) - position:
            raise IndexError
        yield key >> 3, message[position:position + size]
        position += size


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
        if shift > 63:
            raise TypeError
    # Negative numbers are stored as their 64 bits.
    return (value - (1 << 64) if value >> 63 else value), position


def _text(value: _Value | None) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, memoryview) else ""
