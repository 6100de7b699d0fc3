# SPDX-License-Identifier: Apache-2.0
"""onnxruntime's InferenceSession over a model and a session of Coracle."""
from __future__ import annotations

import dataclasses
import logging
import os
import pathlib
import threading
from typing import Any, Callable, Mapping, Sequence

from .._error import Error
from .._model import Model
from .._session import Session
from .._tensor import Array, Tensor
from . import _conversion
from ._onnx_dimensions import Dimension, read_dimensions
from .exceptions import InvalidArgument, translated
from .options import RunOptions, SessionOptions
from .values import IOBinding, OrtValue, type_name

PROVIDER = "CPUExecutionProvider"


@dataclasses.dataclass(frozen=True)
class NodeArg:
    """An input or output: open dimensions are texts, or None where the ONNX file gives them no name."""

    name: str
    type: str
    shape: list[Dimension]


@dataclasses.dataclass(frozen=True)
class ModelMetadata:
    producer_name: str
    graph_name: str
    domain: str
    description: str
    graph_description: str
    version: int
    custom_metadata_map: dict[str, str]


class InferenceSession:
    """A model that runs: `path_or_bytes` is a .coracle file, or an ONNX file, which is converted by the command-line tool the first time.

    Providers and their options are taken and have no effect. Threads may run it at once; each of the runs has memory and threads of its own.
    Raises what onnxruntime does: NoSuchFile, InvalidProtobuf, Fail (a model that cannot be converted) …"""

    def __init__(self, path_or_bytes: str | os.PathLike[str] | bytes, sess_options: SessionOptions | None = None,
                 providers: Sequence[Any] | None = None, provider_options: Sequence[Any] | None = None, **kwargs: Any) -> None:
        self._options = sess_options or SessionOptions()
        self._model_path = os.fspath(path_or_bytes) if isinstance(path_or_bytes, (str, os.PathLike)) else ""
        others = [name for name in (provider if isinstance(provider, str) else provider[0] for provider in providers or ()) if name != PROVIDER]
        if others:
            logging.getLogger("coracle").info("there is no %s, only %s", ", ".join(others), PROVIDER)
        try:
            self._model, self._dimensions = _open(path_or_bytes)
        except Error as error:
            raise translated(error) from error
        # Sessions that nobody runs. There are as many as there were ever runs at once.
        self._idle = [self._new_session()]
        self._inputs = [self._argument(tensor) for tensor in self._model.inputs]
        self._outputs = [self._argument(tensor) for tensor in self._model.outputs]

    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, Any], run_options: RunOptions | None = None) -> list[Array]:
        """The outputs called `output_names`, or all of them where that is None or empty, as arrays of their own."""
        names = list(output_names or self._output_names())
        outputs = self._run(input_feed, names)
        return [outputs[name] for name in names]

    def run_async(self, output_names: Sequence[str] | None, input_feed: Mapping[str, Any], callback: Callable[[list[Array], Any, str], object],
                  user_data: Any, run_options: RunOptions | None = None) -> None:
        """Runs on a thread of its own, which then calls `callback` with the outputs, `user_data`, and a sentence where the run failed, else ""."""
        def run() -> None:
            try:
                results, failure = self.run(output_names, input_feed, run_options), ""
            except Exception as error:
                results, failure = [], str(error)
            callback(results, user_data, failure)
        threading.Thread(target=run, daemon=True).start()

    def run_with_ort_values(self, output_names: Sequence[str] | None, input_dict_ort_values: Mapping[str, OrtValue],
                            run_options: RunOptions | None = None) -> list[OrtValue]:
        return [OrtValue(array) for array in self.run(output_names, input_dict_ort_values)]

    def io_binding(self) -> IOBinding:
        return IOBinding(self)

    def run_with_iobinding(self, iobinding: IOBinding, run_options: RunOptions | None = None) -> None:
        iobinding.deliver(self._run(iobinding.inputs, list(iobinding.targets)))

    def get_inputs(self) -> list[NodeArg]:
        return list(self._inputs)

    def get_outputs(self) -> list[NodeArg]:
        return list(self._outputs)

    def get_overridable_initializers(self) -> list[NodeArg]:
        return []

    def get_modelmeta(self) -> ModelMetadata:
        """What the source model said about itself."""
        entries = self._model.metadata_entries()
        told = {key: entries.get(f"source.{key}", "") for key in ("producer", "graph", "domain", "description", "graph_description")}
        return ModelMetadata(told["producer"], told["graph"], told["domain"], told["description"], told["graph_description"],
                             int(entries.get("source.model_version", 0)),
                             {key: value for key, value in entries.items() if not key.startswith("source.")})

    def get_providers(self) -> list[str]:
        return [PROVIDER]

    def get_provider_options(self) -> dict[str, dict[str, str]]:
        return {PROVIDER: {}}

    def set_providers(self, providers: Sequence[Any] | None = None, provider_options: Sequence[Any] | None = None) -> None:
        pass

    def get_session_options(self) -> SessionOptions:
        return self._options

    def enable_fallback(self) -> None:
        pass

    def disable_fallback(self) -> None:
        pass

    def end_profiling(self) -> str:
        """No profile is written."""
        return ""

    def _run(self, feed: Mapping[str, Any], names: Sequence[str]) -> dict[str, Array]:
        missing = [argument.name for argument in self._inputs if argument.name not in feed]
        if missing:
            raise ValueError(f"Required inputs ({missing}) are missing from input feed ({list(feed)}).")
        for name in names:
            if name not in self._output_names():
                raise InvalidArgument(f"Invalid Output Name:{name}")
        try:
            session = self._idle.pop()
        except IndexError:
            session = self._new_session()
        arrays = {name: value.numpy() if isinstance(value, OrtValue) else value for name, value in feed.items()}
        try:
            outputs = session.run(arrays)
            return {name: outputs[name].copy() for name in names}
        except Error as error:
            raise translated(error) from error
        finally:
            self._idle.append(session)

    def _new_session(self) -> Session:
        try:
            return self._model.session(threads=max(self._options.intra_op_num_threads, 0))
        except Error as error:
            raise translated(error) from error

    def _output_names(self) -> list[str]:
        return [argument.name for argument in self._outputs]

    def _argument(self, tensor: Tensor) -> NodeArg:
        """Extents are those of the converted model, which knows more of them; names of open ones are the ONNX file's, or made."""
        told = self._dimensions.get(tensor.name)
        if told is None:
            told = [f"{tensor.name}_{axis}" for axis in range(len(tensor.shape))]
        if len(told) == len(tensor.shape):
            told = [extent if extent >= 0 else name for extent, name in zip(tensor.shape, told)]
        told = [self._options.free_dimensions.get(name, name) if isinstance(name, str) else name for name in told]
        return NodeArg(tensor.name, type_name(tensor.dtype), told)


def _open(source: str | os.PathLike[str] | bytes) -> tuple[Model, dict[str, list[Dimension]]]:
    if isinstance(source, (str, os.PathLike)):
        path = pathlib.Path(source)
        if _is_converted(_conversion.read(path, 8)):
            return Model(path), {}
        data = _conversion.read(path)
        return Model(_conversion.converted(data, path)), read_dimensions(data)
    data = bytes(source)
    if _is_converted(data):
        return Model(data), {}
    return Model(_conversion.converted(data, None)), read_dimensions(data)


def _is_converted(data: bytes) -> bool:
    """Whether a file that begins so is a .coracle file: FlatBuffers' identifier."""
    return data[4:8] == b"CRCL"
