"""The peers: each opens an array on the server as its users do, and reads or writes it."""

from __future__ import annotations

import asyncio
import atexit
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

import tensorstore
import zarrista

import zarr
from bench.peer import Indexed, Positions, RefusedError, Refusing, Selection, Values
from bench.remote.server import BUCKET
from bench.remote.stores import Place, over_http, over_obstore, over_s3fs, s3
from zarr.zarrs import cache_clear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr.abc.store import Store


class RemotePeer(Protocol):
    """Something that reads and writes one array on a server, opened for each sample."""

    name: ClassVar[str]
    ours: ClassVar[bool]

    def __init__(self, place: Place) -> None: ...

    def read(self, selection: Selection) -> Any:
        """Return the selected elements as a NumPy array, in new memory."""

    def read_points(self, points: Sequence[Positions]) -> Any:
        """Return single elements, given by their positions on every axis."""

    def write(self, selection: Selection, value: Values) -> None:
        """Store the selected elements."""


class Zarr(Indexed):
    """An array of zarr-python without any configuration."""

    name: ClassVar[str] = "zarr"
    ours: ClassVar[bool] = False
    engine: ClassVar[str] = "zarr"
    pipeline: ClassVar[str] = "zarr.core.codec_pipeline.BatchedCodecPipeline"

    def __init__(self, place: Place) -> None:
        store = self.store_of(place)
        settings = {"codec_pipeline.path": self.pipeline, "codec_pipeline.strict": True}
        with warnings.catch_warnings(action="error"), zarr.config.set(settings):
            # What zarrs-python says when it reads obstore's stores by itself.
            warnings.filterwarnings("ignore", "Successfully reconstructed a store")
            mode: Any = "r" if store.read_only else "r+"
            self.array = zarr.open_array(store, mode=mode, engine=self.engine)
        if self.array.engine != self.engine:
            raise RuntimeError(f"the engine is {self.array.engine!r}, not {self.engine!r}")

    def store_of(self, place: Place) -> Store:
        """Return the store of a place."""
        return over_obstore(place)

    def write(self, selection: Selection, value: Values) -> None:
        """Assign."""
        if self.array.read_only:
            raise RefusedError("the store is read only")
        super().write(selection, value)


class ZarrsPython(Zarr):
    """The codec pipeline of the package zarrs; strict, so that it cannot fall back to Python."""

    name: ClassVar[str] = "zarrs-python"
    pipeline: ClassVar[str] = "zarrs.ZarrsCodecPipeline"

    # Python would serve points.
    read_points = Refusing.read_points


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop


class Zarrista(Refusing):
    """A zarrista.AsyncArray, on a loop of its own."""

    name: ClassVar[str] = "zarrista"
    ours: ClassVar[bool] = False

    def __init__(self, place: Place) -> None:
        self.array: Any = _loop().run_until_complete(self._open(place))

    async def _open(self, place: Place) -> Any:
        with warnings.catch_warnings(action="ignore"):
            return await zarrista.AsyncArray.open(s3(place))

    def read(self, selection: Selection) -> Any:
        """Retrieve, as a NumPy array."""
        return _loop().run_until_complete(self._read(selection))

    async def _read(self, selection: Selection) -> Any:
        found = await self.array.retrieve_array_subset(selection)
        return found.to_numpy()

    def write(self, selection: Selection, value: Values) -> None:
        """Store."""
        _loop().run_until_complete(self._write(selection, value))

    async def _write(self, selection: Selection, value: Values) -> None:
        await self.array.store_array_subset(selection, value)


class TensorStore(Refusing):
    """A TensorStore without a chunk cache."""

    name: ClassVar[str] = "tensorstore"
    ours: ClassVar[bool] = False
    # It keeps connections.
    context: ClassVar[Any] = tensorstore.Context()

    def __init__(self, place: Place) -> None:
        spec = {
            "driver": "zarr3",
            "kvstore": {
                "driver": "s3",
                "bucket": BUCKET,
                "path": f"{place.name}/",
                "endpoint": place.url,
                "aws_region": "us-east-1",
                "aws_credentials": {"type": "anonymous"},
            },
        }
        self.array: Any = tensorstore.open(spec, open=True, context=self.context).result()

    def read(self, selection: Selection) -> Any:
        """Read, and wait."""
        return self.array[selection].read().result()

    def read_points(self, points: Sequence[Positions]) -> Any:
        """Index by coordinates, read, and wait."""
        return self.array.vindex[tuple(points)].read().result()

    def write(self, selection: Selection, value: Values) -> None:
        """Write, and wait."""
        self.array[selection].write(value).result()


class Ours(Zarr):
    """An array with the engine of this project, over obstore."""

    name: ClassVar[str] = "ours"
    ours: ClassVar[bool] = True
    engine: ClassVar[str] = "zarrs"

    def __init__(self, place: Place) -> None:
        # Indexes of shards that are known from before would save requests that the peers send.
        cache_clear()
        super().__init__(place)
        # The peers construct theirs when they open it, but ours is constructed at its first use.
        # This one requests nothing.
        self.array[(slice(0, 0),) * self.array.ndim]


class OursS3fs(Ours):
    """The same over s3fs."""

    name: ClassVar[str] = "ours, s3fs"

    def store_of(self, place: Place) -> Store:
        """Return the store of a place."""
        return over_s3fs(place)


class OursHttp(Ours):
    """The same over HTTP."""

    name: ClassVar[str] = "ours, http"

    def store_of(self, place: Place) -> Store:
        """Return the store of a place."""
        return over_http(place)


PEERS: Final[tuple[type[RemotePeer], ...]] = (
    Zarr,
    ZarrsPython,
    Zarrista,
    TensorStore,
    Ours,
    OursS3fs,
    OursHttp,
)
