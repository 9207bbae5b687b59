"""Answers and exceptions of a Python store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.bindings.support import Bridge, bridged, document, ramp

if TYPE_CHECKING:
    from collections.abc import Callable


class Stop(BaseException):
    """An exception that is not an `Exception`, like KeyboardInterrupt."""


@pytest.mark.parametrize("method", ["get_many", "set_many", "delete_many"])
@pytest.mark.parametrize("kind", [Stop, KeyboardInterrupt, KeyError, OSError])
def test_an_exception_of_the_store_comes_out_as_the_same_object(
    method: str, kind: type[BaseException]
) -> None:
    """Catches exceptions that are wrapped, copied or converted to another type."""
    raised = kind("mine")

    def fail(_: object) -> Any:
        raise raised

    bridge = Bridge({"c/0/0": ramp((3, 2)).tobytes()})
    setattr(bridge, method, fail)
    ours = bridged(bridge, document())
    calls: dict[str, Callable[[], Any]] = {
        "get_many": ours.read_all,
        "set_many": lambda: ours.write_all(ramp((7, 5))),
        "delete_many": lambda: ours.write_chunk(np.zeros((3, 2), "i4"), 0, 0),
    }
    with pytest.raises(kind) as caught:
        calls[method]()
    assert caught.value is raised
    delattr(bridge, method)
    ours.write_all(ramp((7, 5)))
    np.testing.assert_array_equal(ours.read_all(), ramp((7, 5)))


def test_wrong_answers_of_a_store_are_errors() -> None:
    """Catches answers of the wrong number or type that are accepted."""
    bridge = Bridge()
    ours = bridged(bridge, document())
    bridge.get_many = lambda requests: []  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="asked for 9 values and gave 0"):
        ours.read_all()
    bridge.get_many = lambda requests: ["text"] * 9  # type: ignore[method-assign, list-item]
    with pytest.raises(TypeError, match=r"buffer|bytes-like"):
        ours.read_all()


def test_borrowed_buffers_are_released() -> None:
    """Catches buffers that are still held after the call, or copied instead of borrowed."""
    buffers: list[bytearray] = []

    class Lender(Bridge):
        def get(self, key: str, start: int | None, length: int | None) -> Any:
            buffers.append(bytearray(super().get(key, start, length) or b""))
            return buffers[-1]

    bridge = Lender({f"c/{i}/{j}": ramp((3, 2)).tobytes() for i in range(3) for j in range(3)})
    ours = bridged(bridge, document())
    ours.read_all()
    assert len(buffers) == 9
    for buffer in buffers:
        buffer.clear()  # raises while anyone holds it
