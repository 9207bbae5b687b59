"""The options of a call of an array: those it was given, then those configured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from zarr._engine.options.checks import checked, checked_value
from zarr._engine.options.own_options import KNOWN, SHARED, as_option
from zarr.core.config import config
from zarr.crud._options import DEFAULT_OPTIONS, Options

if TYPE_CHECKING:
    from zarr.core.array_spec import ArrayConfig
    from zarr.crud.backends.contract import Operation


KEY: Final = "array.engine_options"

# Options that affect the result of a read or a write, not only its speed.
ASKED_OF_READS: Final = ("missing_chunks", "validate_checksums", "decoded_size_budget")
ASKED_OF_WRITES: Final = (*ASKED_OF_READS, "write_empty_chunks", "durability", "locking")


def options_of(array_config: ArrayConfig) -> Options:
    """Return the options that result from an array's configuration and that of zarr.

    The defaults are always the object `DEFAULT_OPTIONS`, so callers can compare by identity.
    """
    # The nested mappings: `config.get` costs as much as a small read.
    now = config.config
    configured, workers = now["array"]["engine_options"], now["threading"]["max_workers"]
    known = array_config.__dict__.get(KNOWN)
    if known is not None and known[0] == configured and known[1] == workers:
        return known[2]  # type: ignore[no-any-return]
    # Copy it first: donfig changes its mappings in place, possibly at the same time.
    seen = dict(configured) if isinstance(configured, Mapping) else configured
    options = _resolved(array_config, seen, workers)
    array_config.__dict__[KNOWN] = (seen, workers, options)
    return options


def _resolved(array_config: ArrayConfig, configured: Any, workers: Any) -> Options:
    own = array_config.engine_options
    ours = checked(configured, f"the configuration key {KEY}", _as_key)
    found: dict[str, Any] = {"concurrency": _checked_workers(workers)}
    for option, setting in SHARED.items():
        found[option] = as_option(option, getattr(array_config, setting))
    set_here = {
        option: value
        for option, value in ours.items()
        if value is not None and SHARED.get(option) not in own.settings
    }
    options = Options(**{**found, **set_here, **own})
    return DEFAULT_OPTIONS if options == DEFAULT_OPTIONS else options


_as_key: Final = f"the configuration key {KEY}.{{}} (ZARR_ARRAY__ENGINE_OPTIONS__{{}})"


def _checked_workers(workers: Any) -> Any:
    return None if workers is None else checked_value("concurrency", workers, WORKERS)


WORKERS: Final = "the configuration key threading.max_workers"


def is_followed_natively(options: Options, array_config: ArrayConfig, operation: Operation) -> bool:
    """Return whether zarr-python's own path follows the options for the operation."""
    natively = {
        option: as_option(option, getattr(array_config, setting))
        for option, setting in SHARED.items()
    }
    asked = ASKED_OF_READS if operation.startswith("read") else ASKED_OF_WRITES
    return all(
        getattr(options, name) == natively.get(name, getattr(DEFAULT_OPTIONS, name))
        for name in asked
    )
