"""Public names of `zarr.crud` whose modules are imported at their first use.

Functions on archives have many modules, and most programs use none of them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final

PLACES: Final[dict[str, str]] = {
    "ArrayPlan": "_repack.plan_of_array",
    "ArrayReport": "_verify.report",
    "CompareReport": "_verify.differences",
    "Difference": "_verify.differences",
    "DoctorReport": "_doctor.report",
    "Failure": "_repack.done",
    "Finding": "_verify.findings",
    "GroupPlan": "_repack.groups",
    "Layout": "_layout.layout",
    "Progress": "_repack.report",
    "RepackPlan": "_repack.plan",
    "RepackReport": "_repack.report",
    "RepackedArray": "_repack.report",
    "VerifyReport": "_verify.report",
    "compare": "_verify.compare",
    "copy": "_repack.functions",
    "doctor": "_doctor.doctor",
    "layout": "_layout.measured",
    "repack": "_repack.functions",
    "repack_plan": "_repack.planned",
    "repair": "_verify.repair",
    "verify": "_verify.verify",
}
"""By public name: its module below `zarr.crud`."""


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module 'zarr.crud' has no attribute {name!r}")
    value = getattr(import_module(f"zarr.crud.{PLACES[name]}"), name)
    setattr(sys.modules["zarr.crud"], name, value)
    return value


def __dir__() -> list[str]:
    return sorted({*vars(sys.modules["zarr.crud"]), *PLACES})
