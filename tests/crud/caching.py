"""The engine `"zarrs"` with a cache of decoded chunks in every read, as a backend of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from zarr.zarrs import ZarrsBackend

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from zarr.crud.backends import Document, Location, Options, RegionRead, Selection


class Caching(ZarrsBackend):
    """Reads with a cache. Values of stores that may change are cached if tags tell them apart."""

    name = "caching"
    preference = -50
    more: ClassVar[dict[str, Any]] = {}

    def _cached(self, options: Options) -> Options:
        return replace(options, chunk_cache=4 << 10, **self.more)

    def read_chunk(
        self,
        document: Document,
        location: Location,
        index: tuple[int, ...],
        *,
        out: npt.NDArray[Any] | None,
        options: Options,
    ) -> npt.NDArray[Any]:
        options = self._cached(options)
        return super().read_chunk(document, location, index, out=out, options=options)

    def read_region(
        self,
        document: Document,
        location: Location,
        selection: Selection,
        *,
        out: npt.NDArray[Any] | None,
        options: Options,
    ) -> npt.NDArray[Any]:
        options = self._cached(options)
        return super().read_region(document, location, selection, out=out, options=options)

    def read_regions(
        self, requests: Sequence[RegionRead], *, options: Options
    ) -> list[npt.NDArray[Any]]:
        return super().read_regions(requests, options=self._cached(options))


class Trusting(Caching):
    """The same, and it is told that only this process changes values."""

    name = "trusting"
    more: ClassVar[dict[str, Any]] = {"immutable_store": True}
