"""The extension's own errors, and an array for each kind of codec chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

import _zarrs_bindings as zb
from tests import forks, hypothesis_profile
from tests.bindings.support import LITTLE, ZSTD, Bound, document, local, ramp, sharding
from zarr.zarrs._extension import ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHAINS: Final[dict[str, tuple[Any, ...]]] = {
    "raw": (LITTLE,),
    "zstd": (LITTLE, ZSTD),
    "shard": (sharding((3, 1), LITTLE, ZSTD),),
}

forks.limit()
hypothesis_profile.load()


@pytest.fixture(autouse=True)
def plain_errors() -> Iterator[None]:
    """Register no error classes during a test, and those of `zarr.crud` after it."""
    zb.register_errors({})
    yield
    zb.register_errors(dict(ERRORS))


@pytest.fixture(params=CHAINS)
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Bound:
    """An array in files that holds `ramp((7, 5))`."""
    chunks = (6, 2) if request.param == "shard" else (3, 2)
    bound = local(tmp_path, document(chunks=chunks, codecs=CHAINS[request.param]))
    bound.write_all(ramp((7, 5)))
    return bound
