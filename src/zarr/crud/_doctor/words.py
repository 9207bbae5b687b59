"""Sizes, times, shapes and codecs in a few characters."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from zarr.crud._document.shards import subchunk_shape

if TYPE_CHECKING:
    from zarr.crud._document.document import Document

_SIZES: Final = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def size(nbytes: float) -> str:
    """Return a number of bytes, in binary units.

    >>> size(999), size(1536), size(3 << 30)
    ('999 B', '1.5 KiB', '3 GiB')
    """
    number, unit = float(nbytes), "B"
    for larger in _SIZES:
        if number < 1000:
            break
        number, unit = number / 1024, larger
    return f"{digits(number)} {unit}"


def seconds(time: float) -> str:
    """Return a time with three digits.

    >>> seconds(12.345), seconds(0.0123), seconds(4.2e-05)
    ('12.3 s', '12.3 ms', '42 us')
    """
    for unit, name in ((1.0, "s"), (1e-3, "ms")):
        if time >= unit:
            return f"{digits(time / unit)} {name}"
    return f"{digits(time / 1e-6)} us"


def count(number: int, thing: str) -> str:
    """Return a number of things.

    >>> count(1, "chunk"), count(12345, "chunk")
    ('1 chunk', '12,345 chunks')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def shape(lengths: tuple[int, ...]) -> str:
    """Return a shape.

    >>> shape((7, 5)), shape(())
    ('7 x 5', 'scalar')
    """
    return " x ".join(map(str, lengths)) if lengths else "scalar"


def ratio(number: float) -> str:
    """Return how many times something is more.

    >>> ratio(6.789), ratio(1234.5)
    ('6.79x', '1,234x')
    """
    return f"{digits(number)}x"


def box(selection: tuple[slice, ...]) -> str:
    """Return a selection as between brackets.

    >>> box((slice(0, 3), slice(2, 5)))
    '0:3, 2:5'
    """
    return ", ".join(f"{part.start}:{part.stop}" for part in selection) or "..."


def data_type(document: Document) -> str:
    """Return the data type of an array in one line, with the names of its document.

    >>> import zarr
    >>> found = zarr.create_array({}, shape=7, dtype=[("a", "i4"), ("b", ">f8")], zarr_format=2)
    >>> data_type(zarr.crud.read_metadata(found.store))
    'struct(a: <i4, b: >f8)'
    >>> found = zarr.create_array({}, shape=7, dtype="M8[s]")
    >>> data_type(zarr.crud.read_metadata(found.store))
    'numpy.datetime64(unit: s, scale_factor: 1)'
    """
    return _type_name(document["dtype" if document["zarr_format"] == 2 else "data_type"])


def _type_name(found: Any) -> str:
    """Return a data type as a document has it: a name, a name with a configuration, or fields."""
    match found:
        case str():
            return found
        case {"name": str(name), **given}:
            inside = given.get("configuration") or {}
            fields = inside.get("fields") if isinstance(inside, Mapping) else None
            inside = _fields(fields) if fields else _items(inside)
            return f"{name}({inside})" if inside else name
        case [[_, _, *_], *_]:
            return f"struct({_fields(found)})"
        case _:
            return json.dumps(found)


def _fields(found: Any) -> str:
    members = [
        (f["name"], f["data_type"]) if isinstance(f, Mapping) else (f[0], f[1]) for f in found
    ]
    return ", ".join(f"{name}: {_type_name(member)}" for name, member in members)


def _items(configuration: Any) -> str:
    return ", ".join(f"{name}: {value}" for name, value in configuration.items())


def codecs(document: Document) -> str:
    """Return the codecs of an array, in encoding order.

    >>> import zarr
    >>> array = zarr.create_array({}, shape=4, chunks=2, shards=4, dtype="i2")
    >>> codecs(zarr.crud.read_metadata(array.store))
    'sharding_indexed(bytes, zstd)'
    """
    if document["zarr_format"] == 2:
        filters: Any = document.get("filters") or ()
        one: Any = document.get("compressor")
        names = [str(member["id"]) for member in [*filters, *([one] if one else [])]]
        return ", ".join(names) or "no codecs"
    return _chain(document["codecs"])


def array(document: Document) -> str:
    """Return an array in one line.

    >>> import zarr
    >>> found = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i2", compressors=None)
    >>> array(zarr.crud.read_metadata(found.store))
    '7 x 5 int16, 70 B, in 9 chunks of 3 x 2, 12 B; bytes'
    """
    grid, inner = document.chunk_grid, subchunk_shape(document.array)
    outer = document.chunk_shape or grid.largest
    what = "chunk" if inner is None else "shard"
    inside = "" if inner is None else f" with chunks of {shape(inner)}"
    return (
        f"{shape(document.shape)} {data_type(document)}, {size(nbytes(document))}, in "
        f"{count(math.prod(grid.shape), what)} of {shape(outer)}, {size(document.chunk_nbytes)}"
        f"{inside}; {codecs(document)}"
    )


def nbytes(document: Document) -> int:
    """Return the decoded size of an array; elements of variable length count as references."""
    return math.prod(document.shape) * document.dtype.itemsize


def _chain(chain: Any) -> str:
    named = []
    for codec in chain:
        name = codec if isinstance(codec, str) else codec["name"]
        inner = {} if isinstance(codec, str) else codec.get("configuration") or {}
        named.append(f"{name}({_chain(inner['codecs'])})" if "codecs" in inner else name)
    return ", ".join(named)


def digits(number: float) -> str:
    """Return a number with three digits, or its whole part."""
    return f"{number:,.0f}" if number >= 99.5 else f"{number:.3g}"
