# SPDX-License-Identifier: Apache-2.0
"""Coracle for Python: runs trained neural networks on small computers.

    with coracle.Model("digits.coracle") as model, model.session(threads=2) as session:
        scores = session(picture)              # one input, one output
        outputs = session.run({"x": picture})  # by names

Names are those of the C interface; what is not said here is said in its headers. A failure is an Error with status and sentence."""
from ._backend import Backend
from ._callbacks import NodeTiming
from ._error import Error, Status
from ._kunlun import KunlunOptions, KunlunPrecision
from ._library import build_description, version
from ._model import Model
from ._plan import NodePlan, SessionMemory
from ._profile import CoreCluster, Profile
from ._session import Session
from ._tensor import Tensor

__version__ = version()

__all__ = ["Backend", "CoreCluster", "Error", "KunlunOptions", "KunlunPrecision", "Model", "NodePlan", "NodeTiming", "Profile", "Session",
           "SessionMemory", "Status", "Tensor", "build_description", "version"]
