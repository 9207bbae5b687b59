"""Values that are decoded while others arrive: any order, one error, and bounded memory."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from tests.bindings.fed import Ask, Fed
from tests.bindings.support import LITTLE, ZSTD, bridged, document, ramp, sharding

type Order = Callable[[list[Ask]], int]

ORDERS: dict[str, Order] = {
    "first": lambda waiting: 0,
    "last": lambda waiting: -1,
    "random": lambda waiting: random.Random(len(waiting)).randrange(len(waiting)),
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "codecs",
    [(LITTLE,), (LITTLE, ZSTD), (sharding((5, 4), LITTLE, ZSTD),)],
    ids=["raw", "zstd", "shards"],
)
def test_values_may_arrive_in_any_order(codecs: tuple[dict[str, object], ...], order: str) -> None:
    """Catches an answer that is taken for that to another request."""
    bridge = Fed(following=ORDERS[order])
    ours = bridged(bridge, document((70, 50), (10, 8), codecs=codecs))
    ours.write_all(ramp((70, 50)))
    del bridge.values["c/3/3"]
    expected = ramp((70, 50))
    expected[30:40, 24:32] = ours.read((30, 1, 1), (24, 1, 1))[0, 0]
    np.testing.assert_array_equal(ours.read_all(), expected)
    np.testing.assert_array_equal(ours.read((3, 7, 9), (1, 3, 16)), expected[3:66:7, 1:49:3])


@pytest.mark.parametrize("order", ORDERS)
def test_the_error_is_that_of_the_first_chunk_that_has_one(order: str) -> None:
    """Catches an error that depends on the order of arrival."""
    bridge = Fed(following=ORDERS[order])
    ours = bridged(bridge, document((64,), (8,), codecs=(LITTLE, ZSTD)))
    ours.write_all(ramp((64,)))
    bridge.failures = {"c/2": OSError("of the store"), "c/7": OSError("later")}
    bridge.values["c/5"] = b"damaged"
    with pytest.raises(OSError, match="of the store"):
        ours.read_all()
    bridge.failures = {"c/6": OSError("of the store")}
    bridge.values["c/3"] = b"damaged"
    with pytest.raises(RuntimeError, match="c/3"):
        ours.read_all()


def test_what_is_requested_and_not_decoded_is_bounded() -> None:
    """Catches a call that requests all of a large array at once, or less than is possible."""
    bridge, chunk, count = Fed(), 16 << 20, 40
    ours = bridged(bridge, document((chunk * count,), (chunk,), "uint8"))
    ours.read((0, chunk, count))
    (feed,) = bridge.feeds
    assert (feed.begun, feed.most) == (count, 8)
