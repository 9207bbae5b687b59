"""The object that a store gives for the requests of one call."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bindings.fed import Fed, Feed
from tests.bindings.support import bridged, document, ramp


def test_a_call_takes_what_arrives_and_closes_its_feed() -> None:
    """Catches requests that go on after a call, and values that are asked for in batches."""
    bridge = Fed()
    ours = bridged(bridge, document())
    ours.write_all(ramp((7, 5)))
    np.testing.assert_array_equal(ours.read_all(), ramp((7, 5)))
    (feed,) = bridge.feeds
    assert feed.begun == 9
    assert feed.is_closed
    assert not bridge.asked


def test_a_single_chunk_needs_no_feed() -> None:
    """Catches the cost of a feed where there is nothing to overlap."""
    bridge = Fed()
    bridged(bridge, document()).read((0, 1, 2), (0, 1, 2))
    assert not bridge.feeds
    assert bridge.asked == [[("c/0/0", None, None)]]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, KeyError, OSError])
@pytest.mark.parametrize("where", ["value", "take", "ask"])
def test_an_exception_comes_out_as_the_same_object(
    kind: type[BaseException], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches exceptions that are converted, and requests that go on after one."""
    raised = kind("mine")
    bridge = Fed()

    def fail(*_: object) -> None:
        raise raised

    if where == "value":
        bridge.failures["c/1/1"] = raised
    else:
        monkeypatch.setattr(Feed, where, fail)
    with pytest.raises(kind) as caught:
        bridged(bridge, document()).read_all()
    assert caught.value is raised
    assert bridge.feeds[0].is_closed


@pytest.mark.parametrize("answer", [(0, 0, None, None, None), (77, 0, None, None, None)])
def test_a_request_without_an_answer_is_an_error(
    answer: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a panic, or elements that nobody has written, after answers to other requests."""
    monkeypatch.setattr(Feed, "take", lambda feed: [answer])
    with pytest.raises(RuntimeError, match="without an answer"):
        bridged(Fed(), document()).read_all()
