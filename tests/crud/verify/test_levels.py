"""Levels are three words."""

from __future__ import annotations

import numpy as np
import pytest

from zarr.crud._verify.levels import checked_level


def test_other_levels_are_refused() -> None:
    """Catches a level that is silently another one."""
    assert [checked_level(word) for word in ("list", "index", "decode")]
    with pytest.raises(ValueError, match="level is 'all'; use 'list', 'index' or 'decode'"):
        checked_level("all")
    with pytest.raises(TypeError, match="level is"):
        checked_level(np.array(["list", "index"]))
