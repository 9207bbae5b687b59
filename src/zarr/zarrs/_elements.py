"""Elements that the extension treats as plain bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zarr.crud.backends import cast

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

type Json = dict[str, Any]

OPAQUE: Final = "opaque"


def opaque(dtype: np.dtype[Any], fill: npt.NDArray[Any]) -> Json:
    """Return the members `data_type` and `fill_value` for elements of `dtype`, in its byte order.

    Such elements are passed as they are stored: no codec may use their data type. `fill` is one
    element, in any byte order.
    """
    return {
        "data_type": {"name": OPAQUE, "configuration": {"size": dtype.itemsize}},
        "fill_value": list(cast(fill, dtype).tobytes()),
    }
