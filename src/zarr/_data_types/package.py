"""The package `ml_dtypes`, imported at its first use."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from typing import Any, Final

import numpy as np

PACKAGE: Final = "ml_dtypes"


def is_native(dtype: np.dtype[Any], name: str) -> bool:
    """Return whether a data type is that of the package under this name; imports nothing."""
    module = sys.modules.get(PACKAGE)
    return module is not None and dtype.type is getattr(module, name, None)


@cache
def native(name: str) -> np.dtype[Any]:
    """Return NumPy's data type; its name in the package is also that in documents.

    Raises
    ------
    ModuleNotFoundError
        The package is not installed.
    ImportError
        The installed version lacks the data type.
    """
    try:
        module = import_module(PACKAGE)
    except ModuleNotFoundError as err:
        if err.name != PACKAGE:
            raise
        raise ModuleNotFoundError(
            f"data type {name!r} needs the package {PACKAGE}, which is not installed; "
            f"install it, for example with `pip install {PACKAGE}`",
            name=PACKAGE,
        ) from None
    scalar = getattr(module, name, None)
    if scalar is None:
        raise ImportError(
            f"data type {name!r} needs a newer version of the package {PACKAGE} than "
            f"{module.__version__}; upgrade it, for example with `pip install -U {PACKAGE}`",
            name=PACKAGE,
        )
    dtype: np.dtype[Any] = np.dtype(scalar)
    return dtype
