"""Stored bytes that nothing can change while they are decoded.

Decoders read a header, check it, and read it again. If another thread changes the memory in
between, they may read beyond its end.
"""

from __future__ import annotations

from mmap import mmap
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def is_steady(array: npt.NDArray[Any]) -> bool:
    """Return whether nothing can change an array's memory, such as that of a `bytes` object.

    A read-only view proves little: its owner may still be writable through other objects.
    """
    owner: object = array.base
    if type(owner) is bytes:
        return True
    while isinstance(owner, np.ndarray | memoryview):
        if isinstance(owner, np.ndarray):
            owner = owner.base
        else:
            owner = owner.obj if owner.readonly else None
    if owner is None or isinstance(owner, mmap):
        return False
    try:
        with memoryview(owner) as view:  # type: ignore[arg-type]
            return view.readonly
    except TypeError:
        return False
