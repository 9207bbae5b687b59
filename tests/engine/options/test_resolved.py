"""The options of a call: those of the array, then those configured."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from zarr._engine.options.resolved import is_followed_natively, options_of
from zarr.core.array_spec import ArrayConfig
from zarr.crud import Options
from zarr.crud._options import DEFAULT_OPTIONS


def made(**config: Any) -> ArrayConfig:
    """The configuration of an array with an engine."""
    return ArrayConfig.from_dict({"engine": "zarrs", **config})  # type: ignore[typeddict-item]


def test_the_defaults_are_always_one_object() -> None:
    """Catches a fast path that is never taken, because it compares option objects by identity."""
    assert options_of(made()) is DEFAULT_OPTIONS
    given = made(engine_options={"concurrency": None, "missing_chunks": "fill"})
    assert options_of(given) is DEFAULT_OPTIONS
    assert options_of(made(engine_options=Options())) is DEFAULT_OPTIONS


def test_a_changed_configuration_is_followed_by_the_same_array() -> None:
    """Catches options that are resolved only once, even if a mapping is changed in place."""
    config = made()
    for _ in range(2):
        assert options_of(config) is DEFAULT_OPTIONS
        with zarr.config.set({"array.engine_options.concurrency": 3}):
            assert options_of(config).concurrency == 3
            with zarr.config.set({"array.engine_options.concurrency": 2}):
                assert options_of(config).concurrency == 2
                assert options_of(config) is options_of(config)
        with zarr.config.set({"threading.max_workers": 5}):
            assert options_of(config).concurrency == 5


@pytest.mark.parametrize(
    ("options", "reads", "writes"),
    [
        ({}, True, True),
        ({"concurrency": 1, "memory_pool": 0, "coalesce_max_gap": 0}, True, True),
        ({"durability": "fsync"}, True, False),
        ({"locking": "threads"}, True, False),
        ({"write_empty_chunks": True}, True, False),
        ({"decoded_size_budget": 7}, False, False),
        ({"validate_checksums": False}, False, False),
        ({"missing_chunks": "error"}, False, False),
    ],
)
def test_zarrs_path_follows_the_options_that_it_has(
    options: dict[str, Any], *, reads: bool, writes: bool
) -> None:
    """Catches a call that is left to a path that ignores what was requested."""
    config = made()
    asked = Options(**options)
    for operation, follows in (("read_region", reads), ("write_region", writes)):
        assert is_followed_natively(asked, config, operation) is follows  # type: ignore[arg-type]
    natively = made(read_missing_chunks=False, write_empty_chunks=True)
    assert is_followed_natively(options_of(natively), natively, "write_chunk")
    assert not is_followed_natively(Options(), natively, "read_chunk")
