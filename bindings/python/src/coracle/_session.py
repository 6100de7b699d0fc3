# SPDX-License-Identifier: Apache-2.0
"""Sessions: a model made ready to run, with its own memory and threads."""
from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import threading
import weakref
from types import TracebackType
from typing import Any, Callable, Iterator, Mapping, Sequence

from ._backend import Backend
from ._callbacks import CANCEL, LOG, LOGGER, PROFILE, Callbacks, NodeTiming
from ._error import Error, Status
from ._handle import Handle
from ._inputs import Input
from ._interrupt import Interrupt
from ._library import library, raise_error, text
from ._model import Model
from ._outputs import outputs_of
from ._plan import NodePlan, SessionMemory
from ._profile import Profile, profile_of
from ._structures import ErrorStructure, MemoryStructure, NodePlanStructure, SessionOptionsStructure
from ._tensor import Array


class Session:
    """A session of `model`, which it keeps alive. Everything that is left out takes its default.

    `threads`: of a run, the caller's included; 0 = the profile's, or 1.
    `memory_budget`: most bytes that the session may allocate, counted as memory() does; 0 = the profile's, or no limit.
    `profile`: what the run is sized by: a Profile, the name of a stock one, or a .json file; None = the machine, detected.
    `backends`: names in the order of preference, in a list or separated by commas: "generic", "tuned", "avx2", "avx512", "neon", "float16" (matrix
    products in half precision, where machine and library have them), or an extra backend's; None = the profile's.
    `extra_backends`: backends beside the built-in ones.
    `logger`: hears what is planned and chosen (INFO) and what will be slower or larger than it could be (WARNING); None = logger "coracle".
    `profile_function`: called after every operator of a run, on the thread that called run. None: operators are not timed.
    `cancel`: asked between operators of a run, on the thread that called run; a true answer ends the run with Error CANCELLED.

    An exception in one of the three ends the run before its next operator and is raised where the run was called; the session can run again.
    They must not use their own session, except for cancel(): Error INVALID_ARGUMENT.

    Error UNSUPPORTED (an operator that no backend supports), NOT_FOUND (a name), INVALID_ARGUMENT, THREAD or OUT_OF_MEMORY.

    Any thread may use a session; one waits for another's run to end. Ctrl-C ends a run on the main thread. A context manager: its end is close()."""

    def __init__(self, model: Model, *, threads: int = 0, memory_budget: int = 0, profile: Profile | str | os.PathLike[str] | None = None,
                 backends: str | Sequence[str] | None = None, extra_backends: Sequence[Backend] = (), logger: logging.Logger | None = None,
                 profile_function: Callable[[NodeTiming], object] | None = None, cancel: Callable[[], object] | None = None) -> None:
        self.model = model
        self._lock = threading.RLock()
        self._is_busy = False
        self._is_planned = False
        self._callbacks = Callbacks(logger or LOGGER, profile_function, cancel)
        self._error = ErrorStructure()
        self._error_reference = ctypes.byref(self._error)
        found = profile_of(profile)
        names = backends if backends is None or isinstance(backends, str) else ",".join(backends)
        tables = (ctypes.c_void_p * len(extra_backends))(*(backend.table.value for backend in extra_backends))
        options = SessionOptionsStructure(
            thread_count=_number("threads", threads, 32), memory_budget=_number("memory_budget", memory_budget, 64),
            profile=None if found is None else ctypes.addressof(found), backends=None if names is None else names.encode(),
            extra_backends=ctypes.addressof(tables), extra_backend_count=len(tables),
            log=LOG, log_user_data=self._callbacks.number, profile_function=PROFILE if profile_function else None,
            profile_user_data=self._callbacks.number, cancel=CANCEL if cancel else None, cancel_user_data=self._callbacks.number)
        pointer = ctypes.c_void_p()
        self._calls_back = profile_function is not None or cancel is not None
        self._handle = Handle(pointer, model, extra_backends)
        self._interrupt = Interrupt(self._handle.cancel)
        self._finalizer = weakref.finalize(self, self._handle.end)
        self._finalizer.atexit = False  # the system takes everything back, and a thread may still be running
        self._callbacks.end_run = self._handle.cancel
        self._pointer: ctypes.c_void_p | None = pointer
        with self._using():
            self._check(library.coracle_session_create(model.handle, ctypes.byref(options), ctypes.byref(pointer), self._error_reference))
            outputs = outputs_of(pointer, model.handle)
            self._outputs = [(tensor.name, output) for tensor, output in zip(model.outputs, outputs)]
            if all(extent >= 0 for tensor in model.inputs for extent in tensor.shape):
                self._plan(pointer)
        self._inputs = {tensor.name: Input(index, tensor, outputs) for index, tensor in enumerate(model.inputs)}

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Array]:
        """Runs the model once on `inputs`, an array a name, and returns its outputs by name.

        Inputs are read where they lie: arrays of the model's type in row-major order, or anything with DLPack or the buffer protocol; others in
        another order are copied, and so are the session's own outputs; lists are converted. Their shapes become the inputs'; each new combination
        is planned once. The session keeps them until other arrays take their place.

        Outputs are views of arrays that the session's runs write into. The next run at the same shapes overwrites them: copy() what is to stay. They can
        be read for as long as they are there, after a run with other shapes and after close() too.

        The interpreter's lock is free meanwhile. Error INVALID_TYPE, INVALID_SHAPE (names operator and tensor), NOT_FOUND (a name),
        INVALID_ARGUMENT (an input is missing), OUT_OF_RANGE, CORRUPT (damaged weights), OVER_BUDGET, OUT_OF_MEMORY, CANCELLED or
        BACKEND_FAILED; the session can run again."""
        with self._lock:
            session, interrupt = self._usable(), self._interrupt
            try:
                self._is_busy = True
                self._bind(session, inputs)
                interrupt.begin(self._calls_back or not self._is_planned)
                if not self._is_planned:
                    self._plan(session)
                status = library.coracle_session_run(session, self._error_reference)
            finally:
                interrupt.is_running = self._is_busy = False
                interrupt.end()
            if status or self._callbacks.raised is not None:
                self._check(status)
            return {name: output.array(session) for name, output in self._outputs}

    def __call__(self, *arrays: Any) -> Array | tuple[Array, ...]:
        """Runs the model on `arrays`, one an input in the model's order, as run() does. Returns the output, or a tuple of several."""
        names = [tensor.name for tensor in self.model.inputs]
        if len(arrays) != len(names):
            raise Error(Status.INVALID_ARGUMENT, f"the model has {len(names)} inputs, {len(arrays)} arrays were given")
        outputs = tuple(self.run(dict(zip(names, arrays))).values())
        return outputs[0] if len(outputs) == 1 else outputs

    def resize_input(self, name: str, shape: Sequence[int]) -> None:
        """Sets the shape of the input called `name`, for memory() and prepare(); a run sets it too. Error NOT_FOUND or INVALID_SHAPE."""
        with self._using() as session:
            self._is_planned = False
            self._input(name).resize(session, shape)

    def prepare(self) -> None:
        """Plans and allocates for the present input shapes; a run does it where it was not done. Error as run()."""
        with self._using() as session:
            if not self._is_planned:
                self._plan(session)
            self._check(library.coracle_session_prepare(session, self._error_reference))

    def memory(self) -> SessionMemory:
        """Tells what the session needs at the present input shapes, before any of it is allocated; without outputs, which lie in arrays of their own,
        and without inputs once a run has read them from arrays."""
        with self._using() as session:
            found = self._memory(session)
        return SessionMemory(*(getattr(found, field) for field in SessionMemory._fields))

    def nodes(self) -> list[NodePlan]:
        """The operators of the plan, subgraphs included."""
        found = []
        with self._using() as session:
            for index in range(library.coracle_session_node_count(session)):
                plan = NodePlanStructure()
                self._check(library.coracle_session_node(session, index, ctypes.byref(plan), self._error_reference))
                values = {field: getattr(plan, field) for field in NodePlan._fields}
                values = {field: text(value) if isinstance(value, bytes) else value for field, value in values.items()}
                values["evaluated_at_prepare"] = bool(plan.evaluated_at_prepare)
                found.append(NodePlan(**values))
        return found

    def cancel(self) -> None:
        """Asks the run in progress, if any, to end before its next operator with Error CANCELLED. Any thread, and callbacks; a later run is not
        affected. Does nothing where the session is closed."""
        self._handle.cancel()

    def close(self) -> None:
        """Ends the session and frees its memory, but for outputs that are still looked at; waits for a run on another thread. Closing again does nothing;
        any other use afterwards is Error INVALID_ARGUMENT."""
        with self._lock:
            if self._is_busy:
                raise Error(Status.INVALID_ARGUMENT, "a callback cannot close its own session: cancel() ends the run")
            self._pointer = None
            self._finalizer()
            self._inputs, self._outputs = {}, []

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def _usable(self) -> ctypes.c_void_p:
        """C's handle, where this session may be used now."""
        if self._pointer is None:
            raise Error(Status.INVALID_ARGUMENT, "the session is closed")
        if self._is_busy:
            raise Error(Status.INVALID_ARGUMENT, "a callback cannot use its own session, except for cancel()")
        return self._pointer

    @contextlib.contextmanager
    def _using(self) -> Iterator[ctypes.c_void_p]:
        """Around calls that may call back."""
        with self._lock:
            session, interrupt = self._usable(), self._interrupt
            try:
                self._is_busy = True
                interrupt.begin(True)
                yield session
            finally:
                interrupt.is_running = self._is_busy = False
                interrupt.end()

    def _plan(self, session: ctypes.c_void_p) -> None:
        """Plans, so that shapes of outputs are told, and makes their arrays."""
        self._memory(session)
        for _, output in self._outputs:
            output.place(session)
        self._is_planned = True

    def _memory(self, session: ctypes.c_void_p) -> MemoryStructure:
        found = MemoryStructure()
        self._check(library.coracle_session_memory(session, ctypes.byref(found), self._error_reference))
        return found

    def _check(self, status: int) -> None:
        """Raises what a function of the caller left during the call that has just ended, or what the call itself says."""
        raised, self._callbacks.raised = self._callbacks.raised, None
        if raised is not None:
            raise raised
        if status:
            raise_error(self._error)

    def _input(self, name: str) -> Input:
        found = self._inputs.get(name)
        if found is None:
            raise Error(Status.NOT_FOUND, f'there is no input "{name}": the model has {", ".join(self._inputs)}')
        return found

    def _bind(self, session: ctypes.c_void_p, inputs: Mapping[str, Any]) -> None:
        if len(inputs) != len(self._inputs):
            for name in inputs:
                self._input(name)
            missing = ", ".join(name for name in self._inputs if name not in inputs)
            raise Error(Status.INVALID_ARGUMENT, f"inputs are missing: {missing}")
        for name, value in inputs.items():
            if self._input(name).bind(session, value):
                self._is_planned = False


def _number(name: str, value: int, bits: int) -> int:
    """`value`, which C can hold in so many bits."""
    if not 0 <= value < 1 << bits:
        raise Error(Status.INVALID_ARGUMENT, f"{name} is {value}: it must be from 0 to 2^{bits} - 1")
    return value
