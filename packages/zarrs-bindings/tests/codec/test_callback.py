"""Codecs that exist only in Python: their arguments, and the use of their results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bound, Bridge, bridged, document, ramp
from zarr.zarrs import _python_codec

VALUES = ramp((3, 2))


class Flipped:
    """A codec that flips all bits and records its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.failure: BaseException | None = None
        self.extra = b""

    def decode(self, data: Any, *how: Any) -> Any:
        return self.flip(data, *how)

    def encode(self, data: Any, *how: Any) -> Any:
        return self.flip(data, *how)

    def flip(self, data: Any, *how: Any) -> Any:
        self.calls.append((type(data), *how))
        if self.failure is not None:
            raise self.failure
        return memoryview(bytes(255 - byte for byte in data) + self.extra)


@pytest.fixture
def codec() -> Iterator[Flipped]:
    """The codec that every document gets during a test."""
    made = Flipped()
    zb.register_codecs(lambda text: made)
    zb.cache_clear()
    yield made
    zb.register_codecs(_python_codec.make_codec)
    zb.cache_clear()


def described(**configuration: object) -> str:
    return document((3, 2), (3, 2), codecs=({"name": "python", "configuration": configuration},))


def array_of(bridge: Bridge, **options: Any) -> Bound:
    return bridged(bridge, described(document="{}"), **options)


@pytest.mark.parametrize("validate", [True, False])
def test_a_codec_gets_the_chunk_its_shape_and_the_option(codec: Flipped, *, validate: bool) -> None:
    """Catches caller's memory that a codec could keep or change, and an option that is lost."""
    bridge = Bridge()
    ours = array_of(bridge, validate_checksums=validate)
    ours.write_all(VALUES)
    assert bridge.values == {"c/0/0": bytes(255 - byte for byte in VALUES.tobytes())}
    np.testing.assert_array_equal(ours.read_all(), VALUES)
    assert codec.calls == [(bytearray, (3, 2)), (bytes, (3, 2), validate)]


def test_a_chunk_of_another_length_is_damage(codec: Flipped) -> None:
    """Catches a result whose end is left unset, and bytes that are written beyond it."""
    ours = array_of(Bridge({"c/0/0": VALUES.tobytes()}))
    codec.extra = b"\0"
    with pytest.raises(RuntimeError, match=r"^decode-failed: .* it has 25 bytes where 24 are"):
        ours.read_all()
    codec.extra = b""
    short = array_of(Bridge({"c/0/0": VALUES.tobytes()[1:]}))
    with pytest.raises(RuntimeError, match=r"^decode-failed: .* it has 23 bytes where 24 are"):
        short.read_all()


@pytest.mark.parametrize(
    ("failure", "unchanged"),
    [(ValueError("mine"), False), (MemoryError("mine"), True), (KeyboardInterrupt("mine"), True)],
)
def test_a_failure_to_decode_is_damage_unless_it_is_no_fault_of_the_bytes(
    codec: Flipped, failure: BaseException, *, unchanged: bool
) -> None:
    """Catches an interrupt that is reported as damaged data, and damage without a key."""
    ours = array_of(Bridge({"c/0/0": VALUES.tobytes()}))
    codec.failure = failure
    with pytest.raises(type(failure) if unchanged else RuntimeError) as caught:
        ours.read_all()
    assert (caught.value is failure) == unchanged
    assert unchanged or "'c/0/0' in" in str(caught.value)
    with pytest.raises(type(failure)) as caught:
        ours.write_all(VALUES)
    assert caught.value is failure


def test_a_document_that_no_codec_is_made_of_is_refused(codec: Flipped) -> None:
    """Catches a document that is refused only in the middle of a call, or with another message."""
    bridge = Bridge()
    with pytest.raises(RuntimeError, match=r"^metadata: document of codec `python`"):
        bridged(bridge, described()).read_all()

    def fail(text: str) -> Any:
        raise LookupError(json.loads(text)["id"])

    zb.register_codecs(fail)
    with pytest.raises(RuntimeError, match=r"^unsupported: codecs: mine"):
        bridged(bridge, described(document='{"id": "mine"}')).read_all()
    assert (codec.calls, bridge.asked) == ([], [])
