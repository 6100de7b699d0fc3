# SPDX-License-Identifier: Apache-2.0
"""Puts libcoracle.so into the wheel and names the platform that the wheel is for."""
from __future__ import annotations

import os
import pathlib
import subprocess
from typing import Any

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MACHINES = {"EM_X86_64": "x86_64", "EM_AARCH64": "aarch64"}

# What PEP 600's platforms promise beside versions of glibc's symbols; all that the library is linked with.
PROMISED = ("libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1")
OLDEST_GLIBC = (2, 17)


class LibraryHook(BuildHookInterface[Any]):
    """The library is the one that CORACLE_LIBRARY names, or is built from the sources around this folder."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        library = self.library().resolve()
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tag(library)}"
        build_data["force_include"][str(library)] = "coracle/libcoracle.so"

    def library(self) -> pathlib.Path:
        named = os.environ.get("CORACLE_LIBRARY")
        if named:
            if not pathlib.Path(named).is_file():
                raise FileNotFoundError(f"CORACLE_LIBRARY names {named}, which is no file")
            return pathlib.Path(named)
        sources = pathlib.Path(self.root).parents[1]
        script = sources / "scripts/build_library.sh"
        if not script.is_file():
            raise FileNotFoundError("libcoracle.so is built from Coracle's sources, which are not around this folder; or name one by CORACLE_LIBRARY")
        subprocess.run([script, ".build-library", "-DCORACLE_TESTS=OFF", "-DCORACLE_EXAMPLES=OFF"], check=True)
        return sources / ".build-library/libcoracle.so"


def platform_tag(library: pathlib.Path) -> str:
    """The oldest platform that has all that `library` wants of it: manylinux_2_N by the newest version of a glibc symbol (PEP 600), or plain
    linux, which is for this kind of machine only, where it needs other libraries."""
    with library.open("rb") as file:
        elf = ELFFile(file)
        machine = MACHINES[elf["e_machine"]]
        needed = [tag.needed for tag in elf.get_section_by_name(".dynamic").iter_tags("DT_NEEDED")]
        if any(name not in PROMISED for name in needed):
            return f"linux_{machine}"
        newest = OLDEST_GLIBC
        for section in elf.iter_sections():
            if isinstance(section, GNUVerNeedSection):
                for _, symbols in section.iter_versions():
                    for symbol in symbols:
                        if symbol.name.startswith("GLIBC_"):
                            newest = max(newest, tuple(map(int, symbol.name[len("GLIBC_"):].split("."))))
    return f"manylinux_{newest[0]}_{newest[1]}_{machine}"
