#!/usr/bin/env python3
"""Runs Tests/Parity on PP-OCRv4 and the model zoo; makes the zoo first. Says what it skips where ../shared is absent.

    scripts/parity.py TOOL      (CORACLE_LIBRARY: libcoracle.so; CORACLE_ZOO, CORACLE_ZOO_PYTHON: see zoo.py)

SPDX-License-Identifier: Apache-2.0
"""
import os
import subprocess
import sys

import zoo


def main():
    if not zoo.MAKER.is_file():
        print("skipped: parity on real networks (shared/ is not beside this checkout)")
        print("0 passed, 0 failed")
        return 0
    environment = dict(os.environ, CORACLE_TOOL=sys.argv[1], CORACLE_ZOO=str(zoo.folder()))
    return subprocess.run([zoo.interpreter(), "-m", "pytest", "-q", "-p", "no:cacheprovider", zoo.ROOT / "Tests/Parity"],
                          env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
