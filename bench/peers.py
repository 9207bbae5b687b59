"""The peers: an adapter for each, which uses the library in its natural way."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import tensorstore
import zarrista

import zarr
from bench.peer import (
    Index,
    Indexed,
    Peer,
    Positions,
    Refusing,
    Selection,
    Values,
    chunk_region,
    refuse_steps,
)
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from zarr.abc.store import Store


class _Upstream(Indexed):
    """Upstream's own path with a given codec pipeline; refuses to run with any other."""

    ours: ClassVar[bool] = False
    replaces: ClassVar[bool] = True
    pipeline: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        self.stored = self.store_of(folder)
        settings = {"codec_pipeline.path": self.pipeline, "codec_pipeline.strict": True}
        with warnings.catch_warnings(action="error"), zarr.config.set(settings):
            self.array = zarr.open_array(self.stored, mode="r+", engine="zarr")
        kind = type(self.array._async_array.codec_pipeline)
        active = f"{kind.__module__}.{kind.__qualname__}"
        if active != self.pipeline:
            raise RuntimeError(f"the pipeline is {active}, not {self.pipeline}")

    def store_of(self, folder: Path) -> Store:
        """Return the store of a folder."""
        return LocalStore(folder)


class Batched(_Upstream):
    """zarr without any configuration."""

    name: ClassVar[str] = "zarr batched"
    pipeline: ClassVar[str] = "zarr.core.codec_pipeline.BatchedCodecPipeline"


class Fused(_Upstream):
    """Upstream's synchronous pipeline."""

    name: ClassVar[str] = "zarr fused"
    pipeline: ClassVar[str] = "zarr.core.codec_pipeline.FusedCodecPipeline"


class ZarrsPython(_Upstream):
    """The codec pipeline of the package zarrs; strict, so that it cannot fall back to Python."""

    name: ClassVar[str] = "zarrs-python"
    replaces: ClassVar[bool] = False
    pipeline: ClassVar[str] = "zarrs.ZarrsCodecPipeline"

    def read(self, selection: Selection) -> Any:
        """Index, with planes as slices: planes and steps are not served without Python."""
        refuse_steps(selection)
        if any(isinstance(item, slice) for item in selection):
            selection = tuple(
                item if isinstance(item, slice) else slice(item, item + 1) for item in selection
            )
        return super().read(selection)

    # Python would serve lists and points, too.
    read_rows = Refusing.read_rows
    read_points = Refusing.read_points


class ZarrsPipeline(_Upstream):
    """Our codec pipeline under an array without an engine; strict, so that it cannot fall back."""

    name: ClassVar[str] = "zarrs pipeline"
    ours: ClassVar[bool] = True
    pipeline: ClassVar[str] = "zarr.zarrs.ZarrsCodecPipeline"


class Zarrista(Refusing):
    """A zarrista.Array that is opened once; it has no steps, and results become NumPy arrays."""

    name: ClassVar[str] = "zarrista"
    ours: ClassVar[bool] = False
    replaces: ClassVar[bool] = False

    def __init__(self, folder: Path) -> None:
        self.stored = folder
        self.array: Any = zarrista.Array.open(zarrista.store.FilesystemStore(str(folder)))

    def read(self, selection: Selection) -> Any:
        """Index, as a NumPy array."""
        refuse_steps(selection)
        return self.array[selection].to_numpy()

    def read_chunk(self, index: Index) -> Any:
        """Retrieve a chunk, as a NumPy array."""
        return self.array.retrieve_chunk(list(index)).to_numpy()

    def write(self, selection: Selection, value: Values) -> None:
        """Assign."""
        self.array[selection] = value


class TensorStore(Refusing):
    """A TensorStore that is opened once, without a chunk cache; it does not sync files either."""

    name: ClassVar[str] = "tensorstore"
    ours: ClassVar[bool] = False
    replaces: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        self.stored = folder
        spec = {
            "driver": "zarr3",
            "kvstore": {"driver": "file", "path": f"{folder}/"},
            "context": {"file_io_sync": False},
        }
        self.array: Any = tensorstore.open(spec, open=True).result()
        self.chunk: Any = self.array.chunk_layout.write_chunk.shape

    def read(self, selection: Selection) -> Any:
        """Read, and wait."""
        return self.array[selection].read().result()

    def read_rows(self, rows: Sequence[Positions]) -> Any:
        """Index orthogonally, read, and wait."""
        return self.array.oindex[rows[0]].read().result()

    def read_points(self, points: Sequence[Positions]) -> Any:
        """Index by coordinates, read, and wait."""
        return self.array.vindex[tuple(points)].read().result()

    def read_chunk(self, index: Index) -> Any:
        """Read the region of the chunk."""
        return self.read(chunk_region(index, self.chunk))

    def write(self, selection: Selection, value: Values) -> None:
        """Write, and wait."""
        self.array[selection].write(value).result()

    def append(self, value: Values) -> None:
        """Resize, write, and wait."""
        before = self.array.shape[0]
        longer = (before + len(value), *self.array.shape[1:])
        self.array = self.array.resize(exclusive_max=longer).result()
        self.write((slice(before, longer[0]),), value)


PEERS: tuple[type[Peer], ...] = (Batched, Fused, ZarrsPython, Zarrista, TensorStore)

PIPELINES: tuple[type[Peer], ...] = (ZarrsPipeline,)
