"""Public names of `zarr.crud` whose modules are imported at their first use.

Functions on archives have many modules, and most programs use none of them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final

PLACES: Final = {
    "ArrayPlan": ("_repack.plan_of_array", "ArrayPlan"),
    "ArrayReport": ("_verify.report", "ArrayReport"),
    "CompareReport": ("_verify.differences", "CompareReport"),
    "Difference": ("_verify.differences", "Difference"),
    "DoctorReport": ("_doctor.report", "DoctorReport"),
    "Failure": ("_repack.done", "Failure"),
    "Finding": ("_verify.findings", "Finding"),
    "GroupPlan": ("_repack.groups", "GroupPlan"),
    "Layout": ("_layout.layout", "Layout"),
    "Progress": ("_repack.report", "Progress"),
    "RepackPlan": ("_repack.plan", "RepackPlan"),
    "RepackReport": ("_repack.report", "RepackReport"),
    "RepackedArray": ("_repack.report", "ArrayReport"),
    "VerifyReport": ("_verify.report", "VerifyReport"),
    "compare": ("_verify.compare", "compare"),
    "copy": ("_repack.functions", "copy"),
    "doctor": ("_doctor.doctor", "doctor"),
    "layout": ("_layout.measured", "layout"),
    "repack": ("_repack.functions", "repack"),
    "repack_plan": ("_repack.planned", "repack_plan"),
    "repair": ("_verify.repair", "repair"),
    "verify": ("_verify.verify", "verify"),
}
"""By public name: the module below `zarr.crud`, and the name there."""


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module 'zarr.crud' has no attribute {name!r}")
    module, own = PLACES[name]
    value = getattr(import_module(f"zarr.crud.{module}"), own)
    setattr(sys.modules["zarr.crud"], name, value)
    return value


def __dir__() -> list[str]:
    return sorted({*vars(sys.modules["zarr.crud"]), *PLACES})
