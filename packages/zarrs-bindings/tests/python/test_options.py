"""Options of a call."""

from __future__ import annotations

from typing import Any

import pytest

import _zarrs_bindings as zb


def test_options_refuse_what_they_do_not_know() -> None:
    """Catches misspelt options that are ignored."""
    wrong: list[dict[str, Any]] = [{"concurrency": 0}]
    wrong += [{name: "maybe"} for name in ("missing_chunks", "durability", "locking")]
    for options in wrong:
        with pytest.raises(ValueError, match="use "):
            zb.Options(**options)
