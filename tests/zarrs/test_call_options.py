"""The options that the extension gets."""

from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace
from typing import TYPE_CHECKING

from zarr import crud
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.zarrs import _call_options
from zarr.zarrs._call_options import _made_options, call_options
from zarr.zarrs._direct_io import DirectOptions

if TYPE_CHECKING:
    import pytest


def test_every_option_reaches_the_extension(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an option that is lost, or taken from an earlier call."""
    recorder = SimpleNamespace(Options=lambda **given: given)
    monkeypatch.setattr(_call_options, "extension", lambda: recorder)
    monkeypatch.setattr(_call_options, "_made_options", _made_options.__wrapped__)
    one, two = crud.Options(concurrency=2, missing_chunks="error"), crud.Options(memory_pool=0)
    for options in (one, two, one):
        assert call_options(options) == {**asdict(options), "direct_io": False}
    assert call_options(DirectOptions.of(one)) == {**asdict(one), "direct_io": True}
    assert call_options(one) is call_options(one)
    assert call_options(DEFAULT_OPTIONS) is None
