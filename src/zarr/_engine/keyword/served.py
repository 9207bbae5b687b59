"""Whether an engine serves an array that is opened, created or extended with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr._engine.engines.names import AUTO, EngineLike
from zarr._engine.options.resolved import is_followed_natively, options_of
from zarr.core.array_spec import ArrayConfig, parse_array_config
from zarr.crud import Location, UnsupportedError, get_backend
from zarr.crud._document.cache import as_document
from zarr.crud._document.chunks import check_chunks
from zarr.crud._encoding.unwritable import refused_size
from zarr.crud._stores.batched_location import unbatched
from zarr.crud.backends.policy import advised, check_kept, choose

if TYPE_CHECKING:
    from zarr.core.metadata import ArrayMetadata
    from zarr.crud._options import Options
    from zarr.crud.backends.contract import Operation
    from zarr.storage import StorePath


def check_array(
    metadata: ArrayMetadata,
    store_path: StorePath,
    engine: EngineLike,
    *,
    writes: bool,
    config: ArrayConfig | None,
) -> None:
    """Raise `UnsupportedError` unless an engine, or `"auto"`, serves the array; see `check`."""
    config = parse_array_config(config)
    options = options_of(config)
    location = unbatched(Location(store_path.store, store_path.path))
    if engine == AUTO:
        _check_auto(metadata, location, options, config, writes=writes)
        return
    backend = get_backend(engine) if isinstance(engine, str) else engine
    document = as_document(metadata)
    reason = backend.supports(document, location, "read_region", None, options)
    if reason is None and writes:
        reason = backend.supports(document, location, "write_region", None, options)
        reason = reason or refused_size(document)
    if reason is not None:
        raise UnsupportedError(
            f"the engine {backend.name!r} does not serve {store_path}: "
            f"{advised(document, reason, 'use another engine for this array, or none')}"
        )


def _check_auto(
    metadata: ArrayMetadata,
    location: Location,
    options: Options,
    config: ArrayConfig,
    *,
    writes: bool,
) -> None:
    check_chunks(metadata)
    operation: Operation = "write_region" if writes else "read_region"
    if writes:
        check_kept(as_document(metadata), location)
    if not is_followed_natively(options, config, operation):
        choose(AUTO, as_document(metadata), location, operation, None, options)
