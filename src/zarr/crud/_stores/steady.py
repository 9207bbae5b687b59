"""Stored bytes that nobody changes while they are decoded.

Decoders look at a header, check it, and look at it again: they may read beyond the end of memory
that another thread has changed in between.
"""

from __future__ import annotations

from mmap import mmap
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def is_steady(array: npt.NDArray[Any]) -> bool:
    """Tell whether no one can change the memory of an array, which is that of `bytes` or the like.

    A view that cannot be written to says little: others may be able to, through what it views.
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
