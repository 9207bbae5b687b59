"""The signatures that type checkers see for upstream's functions that pass `engine` on.

No line can be inserted into a signature that is written on one line, but a decorator can replace
the signature. At run time it is upstream's own with the keyword added; see `shows_engine`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr._engine.engines.names import EngineLike
    from zarr.abc.store import Store
    from zarr.api.asynchronous import ArrayLike
    from zarr.core.buffer import NDArrayLike
    from zarr.core.common import ZarrFormat
    from zarr.core.group import GroupMetadata
    from zarr.core.metadata import ArrayV2Metadata, ArrayV3Metadata
    from zarr.storage import StoreLike
    from zarr.types import AnyArray


def array(
    data: npt.ArrayLike | AnyArray, *, engine: EngineLike | None = None, **kwargs: Any
) -> object:
    """Of `array`."""


def open_like(
    a: ArrayLike,
    path: str,
    *,
    zarr_format: ZarrFormat | None = None,
    engine: EngineLike | None = None,
    **kwargs: Any,
) -> object:
    """Of `open_like`."""


def open_consolidated(
    *args: Any,
    use_consolidated: Literal[True] = True,
    engine: EngineLike | None = None,
    **kwargs: Any,
) -> object:
    """Of `open_consolidated`."""


def load(
    store: StoreLike,
    path: str | None = None,
    zarr_format: ZarrFormat | None = None,
    *,
    engine: EngineLike | None = None,
) -> object:
    """Of the synchronous `load`."""


def load_async(
    *,
    store: StoreLike,
    path: str | None = None,
    zarr_format: ZarrFormat | None = None,
    engine: EngineLike | None = None,
) -> object:
    """Of the asynchronous `load`."""


def save(
    store: StoreLike,
    *args: NDArrayLike,
    zarr_format: ZarrFormat | None = None,
    path: str | None = None,
    storage_options: dict[str, Any] | None = None,
    engine: EngineLike | None = None,
    **kwargs: Any,
) -> object:
    """Of `save`."""


def save_group(
    store: StoreLike,
    *args: NDArrayLike,
    zarr_format: ZarrFormat | None = None,
    path: str | None = None,
    storage_options: dict[str, Any] | None = None,
    engine: EngineLike | None = None,
    **kwargs: NDArrayLike,
) -> object:
    """Of `save_group`."""


def create_nodes(
    *,
    store: Store,
    nodes: dict[str, GroupMetadata | ArrayV2Metadata | ArrayV3Metadata],
    engine: EngineLike | None = None,
) -> object:
    """Of the synchronous `create_nodes`."""


def member_group(
    self: Any, name: str, *, engine: EngineLike | None = None, **kwargs: Any
) -> object:
    """Of the method `create_group` of `Group`."""


def async_require_group(
    self: Any,
    name: str,
    overwrite: bool = False,  # noqa: FBT001, FBT002  # as upstream has it
    *,
    engine: EngineLike | None = None,
) -> object:
    """Of the method `require_group` of `AsyncGroup`."""


def require_groups(self: Any, *names: str, engine: EngineLike | None = None) -> object:
    """Of the method `require_groups` of groups."""
