"""One axis of a selection."""

from __future__ import annotations

import pytest

from tests.bindings.support import Axis, Bridge, bridged, document, ramp

BAD: list[tuple[Axis, ...]] = [
    (7, 0),
    (-1, 0),
    (0,),
    (0, 0, 0),
    ((0, 1, 8), (0, 1, 5)),
    ((6, -1, 8), 0),
    ((0, 4, 3), 0),
    ((0, 0, 2), 0),
    ((0, 1, -1), 0),
    ((2**63 - 1, 2**63 - 1, 2**63 - 1), 0),
    ((0, 1, 2**70), 0),
    (2**70, 0),
    (-(2**200), 0),
    ((0, 2**200, 2), 0),
]


@pytest.mark.parametrize("selection", BAD)
def test_a_selection_outside_of_the_array_is_refused(selection: tuple[Axis, ...]) -> None:
    """Catches a read outside the memory of an array if the caller does not check."""
    ours = bridged(Bridge(), document())
    with pytest.raises(RuntimeError, match=r"^bounds: "):
        ours.read(*selection)
    with pytest.raises(RuntimeError, match=r"^bounds: "):
        ours.write(ramp((1,)), *selection)
