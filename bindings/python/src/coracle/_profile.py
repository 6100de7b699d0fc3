# SPDX-License-Identifier: Apache-2.0
"""Hardware profiles: the machine as data, which sizes the run."""
from __future__ import annotations

import ctypes
import os
from typing import Any

from ._callbacks import LOG, LOGGER, Callbacks
from ._error import Error, Status
from ._library import call, library, text
from ._structures import Structure

MAX_CLUSTERS = 4


class CoreCluster(ctypes.Structure):
    """Cores of one type, in a machine that may have several: C's coracle_core_cluster."""

    _fields_ = [("type", ctypes.c_char * 24), ("core_count", ctypes.c_uint32), ("first_core", ctypes.c_uint32),
                ("clock_megahertz", ctypes.c_uint32), ("multiply_adds", ctypes.c_uint32), ("level1_bytes", ctypes.c_uint64),
                ("level2_bytes", ctypes.c_uint64), ("level2_cores", ctypes.c_uint32), ("reserved", ctypes.c_uint32)]
    type: bytes
    core_count: int
    first_core: int
    clock_megahertz: int
    multiply_adds: int
    level1_bytes: int
    level2_bytes: int
    level2_cores: int


class Profile(Structure):
    """What a run is sized by: C's coracle_profile, field by field. Copy it, change it, give it to Model.session(). Zero means "not known";
    texts are bytes, as in C."""

    _fields_ = [("struct_size", ctypes.c_uint32), ("name", ctypes.c_char * 60), ("core_count", ctypes.c_uint32),
                ("thread_count", ctypes.c_uint32), ("level1_bytes", ctypes.c_uint64), ("level2_bytes", ctypes.c_uint64),
                ("level3_bytes", ctypes.c_uint64), ("memory_budget", ctypes.c_uint64), ("backends", ctypes.c_char * 64),
                ("memory_bytes", ctypes.c_uint64), ("memory_bandwidth", ctypes.c_uint64), ("instructions", ctypes.c_uint32),
                ("tile_depth", ctypes.c_uint32), ("tile_rows", ctypes.c_uint32), ("cluster_count", ctypes.c_uint32),
                ("clusters", CoreCluster * MAX_CLUSTERS)]
    name: bytes
    core_count: int
    thread_count: int
    level1_bytes: int
    level2_bytes: int
    level3_bytes: int
    memory_budget: int
    backends: bytes
    memory_bytes: int
    memory_bandwidth: int
    instructions: int
    tile_depth: int
    tile_rows: int
    cluster_count: int
    clusters: ctypes.Array[CoreCluster]

    @classmethod
    def names(cls) -> list[str]:
        """The names of the profiles that the library carries."""
        profile, found = cls(), []
        for index in range(library.coracle_profile_count()):
            call("coracle_profile_at", index, ctypes.byref(profile))
            found.append(text(profile.name))
        return found

    @classmethod
    def find(cls, name: str) -> Profile:
        """The stock profile called `name`. Error NOT_FOUND."""
        profile = cls()
        call("coracle_profile_find", name.encode(), ctypes.byref(profile))
        return profile

    @classmethod
    def detect(cls) -> Profile:
        """Describes the machine that this runs on, as its processor and operating system tell."""
        profile = cls()
        call("coracle_profile_detect", ctypes.byref(profile))
        return profile

    @classmethod
    def parse(cls, json: str | bytes) -> Profile:
        """Reads a profile in JSON, at most a megabyte. Fields that are not known are skipped, with a warning to the logger "coracle".
        Error INVALID_ARGUMENT; the sentence names line and field."""
        data = json.encode() if isinstance(json, str) else json
        return cls._logged("coracle_profile_parse", data, len(data))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Profile:
        """The same of a file. Error IO too."""
        return cls._logged("coracle_profile_load", os.fsencode(path))

    @classmethod
    def _logged(cls, function: str, *arguments: Any) -> Profile:
        profile, callbacks = cls(), Callbacks(LOGGER)
        try:
            call(function, *arguments, LOG, callbacks.number, ctypes.byref(profile))
        finally:
            if callbacks.raised is not None:
                raise callbacks.raised
        return profile


def profile_of(given: Profile | str | os.PathLike[str] | None) -> Profile | None:
    """`given` itself, the file that it names, or the stock profile of that name."""
    if given is None or isinstance(given, Profile):
        return given
    if isinstance(given, str) and not given.endswith(".json") and os.sep not in given:
        return Profile.find(given)
    if isinstance(given, (str, os.PathLike)):
        return Profile.load(given)
    raise Error(Status.INVALID_ARGUMENT, f"a profile is a Profile, a name or a file, not {type(given).__name__}")
