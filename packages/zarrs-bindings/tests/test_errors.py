"""Kinds of errors, and the classes that are registered for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bound, Bridge, bridged, document, ramp

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def registered() -> Iterator[dict[str, type[Exception]]]:
    classes = {kind: type(kind, (Exception,), {}) for kind in zb.KINDS}
    zb.register_errors(dict(classes))
    yield classes
    zb.register_errors({})


def test_the_kinds_are_stable() -> None:
    """Catches a kind that is renamed, removed or added without a change of its users."""
    assert zb.KINDS == (
        "metadata",
        "unsupported",
        "decode-failed",
        "chunk-not-found",
        "bounds",
        "value-shape",
        "budget",
        "read-only",
        "invalid-path",
        "internal",
        "no-direct-io",
    )


def test_the_registered_class_of_each_kind_is_raised(
    registered: dict[str, type[Exception]],
) -> None:
    """Catches errors that bypass the registered classes."""
    bridge = Bridge({"c/0/0": b"bad"})
    ours = bridged(bridge, document(), missing_chunks="error")
    cases: dict[str, Any] = {
        "metadata": lambda: zb.read_region("{", ours.store, (), "", np.dtype("i4"), None, None),
        "unsupported": lambda: zb.read_region(
            document(dtype="string", fill=""), ours.store, (0, 0), "", np.dtype("i4"), None, None
        ),
        "decode-failed": lambda: ours.read(0, 0),
        "chunk-not-found": lambda: ours.read(4, 4),
        "bounds": lambda: ours.read(7, 0),
        "value-shape": lambda: ours.write_chunk(ramp((2, 3)), 0, 0),
        "budget": lambda: bridged(bridge, document(), decoded_size_budget=10).read_all(),
        "read-only": lambda: Bound(
            document(),
            zb.PythonStore(bridge, read_only=True),
        ).write_all(ramp((7, 5))),
        "invalid-path": lambda: Bound(document(), ours.store, "../up").read_all(),
        "internal": lambda: bridged(Silent(), document()).read_all(),
        "no-direct-io": lambda: bridged(bridge, document(), direct_io=True).read_all(),
    }
    assert tuple(cases) == zb.KINDS
    for kind, call in cases.items():
        with pytest.raises(registered[kind]) as caught:
            call()
        assert type(caught.value) is registered[kind]


class Silent(Bridge):
    def get_many(self, requests: object) -> Any:
        return []
