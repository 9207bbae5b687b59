"""The values that a store returns: accepted types, and how long they are held."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import pytest

from tests.bindings.support import GZIP, LITTLE, Bound, Bridge, bridged, document, ramp

VALUES = ramp((3, 2))
RAW = VALUES.tobytes()


def giving(value: Any, *codecs: dict[str, Any]) -> Bound:
    """An array of one chunk, for which the store returns this value."""
    bridge = Bridge()
    bridge.get_many = lambda requests: [value]  # type: ignore[method-assign]
    return bridged(bridge, document((3, 2), (3, 2), codecs=(LITTLE, *codecs)))


@pytest.mark.parametrize(
    "value",
    [
        RAW,
        bytearray(RAW),
        memoryview(b"before" + RAW + b"after")[6:-5],
        memoryview(RAW).cast("i", (3, 2)),
        VALUES,
        array("i", VALUES.ravel().tolist()),
        np.frombuffer(RAW, "V4"),
    ],
    ids=["bytes", "bytearray", "part", "shaped", "numpy", "array", "records"],
)
def test_the_bytes_of_any_buffer_are_read(value: Any) -> None:
    """Catches a length counted in items, and a view that is read from the start of its object."""
    np.testing.assert_array_equal(giving(value).read_all(), VALUES)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (memoryview(RAW * 2)[::2], BufferError),
        (np.asfortranarray(VALUES)[::2], (BufferError, ValueError)),
        ("text", TypeError),
        (24, TypeError),
    ],
)
def test_what_is_no_buffer_of_consecutive_bytes_is_refused(value: Any, kind: Any) -> None:
    """Catches the memory between the items of a view that is read as data."""
    with pytest.raises(kind):
        giving(value).read_all()


@pytest.mark.parametrize("value", [b"", bytearray(), np.empty(0, "u1")])
@pytest.mark.parametrize("codecs", [(), (GZIP,)])
def test_a_buffer_of_no_bytes_is_damage(value: Any, codecs: tuple[dict[str, Any], ...]) -> None:
    """Catches an empty value that is treated as missing, or whose address is used."""
    with pytest.raises(RuntimeError, match=r"^decode-failed: .*'c/0/0'"):
        giving(value, *codecs).read_all()


def test_a_buffer_is_released_after_an_error() -> None:
    """Catches a buffer that is held forever because its bytes cannot be decoded."""
    value = bytearray(b"no gzip at all")
    with pytest.raises(RuntimeError, match="decode-failed"):
        giving(value, GZIP).read_all()
    value.clear()  # raises while anyone holds it
