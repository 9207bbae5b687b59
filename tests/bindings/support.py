"""Helpers for tests of the bindings: a bridge over a dict, and arrays made by upstream zarr."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

import _zarrs_bindings as zb
import zarr
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

type Positions = np.ndarray[tuple[int], np.dtype[np.int64]]
type Axis = int | tuple[int, int, int] | Positions
type AnyAxis = Axis | tuple[Positions, Positions]
type Request = tuple[str, int | None, int | None]

LITTLE = {"name": "bytes", "configuration": {"endian": "little"}}
BIG = {"name": "bytes", "configuration": {"endian": "big"}}
ZSTD = {"name": "zstd", "configuration": {"level": 1, "checksum": False}}
GZIP = {"name": "gzip", "configuration": {"level": 1}}
CRC = {"name": "crc32c"}


def blosc(typesize: int = 4) -> dict[str, Any]:
    options = {"cname": "lz4", "clevel": 5, "shuffle": "shuffle", "typesize": typesize}
    return {"name": "blosc", "configuration": options | {"blocksize": 0}}


def sharding(
    inner: tuple[int, ...], *codecs: dict[str, Any], location: str = "end"
) -> dict[str, Any]:
    options = {
        "chunk_shape": list(inner),
        "codecs": list(codecs) or [LITTLE],
        "index_codecs": [LITTLE, CRC],
        "index_location": location,
    }
    return {"name": "sharding_indexed", "configuration": options}


def document(
    shape: tuple[int, ...] = (7, 5),
    chunks: tuple[int, ...] = (3, 2),
    dtype: str = "int32",
    fill: object = 0,
    codecs: tuple[dict[str, Any], ...] = (LITTLE,),
    **members: object,
) -> str:
    grid = {"name": "regular", "configuration": {"chunk_shape": list(chunks)}}
    keys = {"name": "default", "configuration": {"separator": "/"}}
    required = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": list(shape),
        "data_type": dtype,
        "chunk_grid": grid,
        "chunk_key_encoding": keys,
        "fill_value": fill,
        "codecs": list(codecs),
    }
    return json.dumps(required | members)


def everything(shape: tuple[int, ...]) -> tuple[Axis, ...]:
    return tuple((0, 1, extent) for extent in shape)


def upstream(root: Path, text: str, path: str = "") -> zarr.Array[Any]:
    """Upstream's array for a document, which is stored under the root."""
    node = root / path
    node.mkdir(parents=True, exist_ok=True)
    (node / "zarr.json").write_text(text)
    return zarr.open_array(LocalStore(root), path=path, mode="r+", zarr_format=3)


def files(root: Path) -> dict[str, bytes]:
    """All chunks below a directory, by key."""
    found = (path for path in root.rglob("*") if path.is_file() and path.name != "zarr.json")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


@dataclass
class Bridge:
    """A dict as a store, which records its requests."""

    values: dict[str, bytes] = field(default_factory=dict)
    asked: list[list[Request]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def get_many(self, requests: list[Request]) -> list[memoryview | None]:
        self.asked.append(requests)
        return [self.get(*request) for request in requests]

    def get(self, key: str, start: int | None, length: int | None) -> memoryview | None:
        value = self.values.get(key)
        if value is None:
            return None
        if length is None:
            return memoryview(value)
        begin = len(value) - length if start is None else start
        return memoryview(value)[max(begin, 0) : max(begin, 0) + length]

    def set_many(self, items: list[tuple[str, bytes]]) -> None:
        self.values.update((key, bytes(value)) for key, value in items)

    def delete_many(self, keys: list[str]) -> None:
        self.deleted += keys
        for key in keys:
            self.values.pop(key, None)


@dataclass
class Bound:
    """A document, a store and a dtype, so that a test names only what it is about."""

    text: str
    store: zb.FilesystemStore | zb.PythonStore | zb.RemoteStore | zb.ZipStore
    path: str = ""
    options: zb.Options | None = None

    @property
    def parsed(self) -> Any:
        return json.loads(self.text)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.parsed["shape"])

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(str(self.parsed["data_type"]))

    def read(self, *selection: AnyAxis, out: Any = None) -> Any:
        return zb.read_region(
            self.text, self.store, selection, self.path, self.dtype, out, self.options
        )

    def read_all(self) -> Any:
        return self.read(*everything(self.shape))

    def write(self, value: Any, *selection: AnyAxis) -> None:
        zb.write_region(self.text, self.store, selection, value, self.path, self.options)

    def read_points(self, points: zb.Points, out: Any = None) -> Any:
        return zb.read_region(
            self.text, self.store, points, self.path, self.dtype, out, self.options
        )

    def write_points(self, value: Any, points: zb.Points) -> None:
        zb.write_region(self.text, self.store, points, value, self.path, self.options)

    def write_all(self, value: Any) -> None:
        self.write(value, *everything(self.shape))

    def read_chunk(self, *index: int, out: Any = None) -> Any:
        return zb.read_chunk(self.text, self.store, index, self.path, self.dtype, out, self.options)

    def write_chunk(self, value: Any, *index: int) -> None:
        zb.write_chunk(self.text, self.store, index, value, self.path, self.options)


def local(root: Path, text: str, **options: Any) -> Bound:
    chosen = zb.Options(**options) if options else None
    return Bound(text, zb.FilesystemStore(str(root)), options=chosen)


def bridged(bridge: Bridge, text: str, **options: Any) -> Bound:
    chosen = zb.Options(**options) if options else None
    return Bound(text, zb.PythonStore(bridge), options=chosen)


def positions(*values: int) -> Positions:
    return np.array(values, "i8")


def done(work: Callable[[], object]) -> dict[str, int]:
    """How much each counter changes during the work."""
    before = zb.counters()
    work()
    return {name: count - before[name] for name, count in zb.counters().items()}


def ramp(shape: tuple[int, ...], dtype: str = "int32") -> Any:
    """Values that are all different and never 0."""
    return np.arange(1, 1 + int(np.prod(shape)), dtype=dtype).reshape(shape)
