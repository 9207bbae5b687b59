"""Every function of upstream's that reaches a codec pipeline, and its call on an array."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import zarr
import zarr.core.array
from zarr.core.buffer import default_buffer_prototype
from zarr.core.indexing import BasicIndexer
from zarr.core.sync import sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

OURS: Final = frozenset({"crud", "zarrs", "_engine"})

PIPELINES: Final = frozenset(
    {"BatchedCodecPipeline", "FusedCodecPipeline", "codec_pipeline"}
    | {"create_codec_pipeline", "get_pipeline_class"}
)
"""Names by which code accesses a codec pipeline."""

WITHIN_PIPELINES: Final[Mapping[str, str]] = {
    "abc.codec": "codecs, which a pipeline runs",
    "codecs": "codecs, which a pipeline runs; the sharding codec has one for its subchunks",
    "core.chunk_utils": "the steps of a pipeline",
    "core.codec_pipeline": "the pipelines themselves",
}
"""Modules whose functions are called for an array only by its pipeline."""

MAKE_PIPELINES: Final[Mapping[str, str]] = {
    "core.array:AsyncArray.__init__": "makes the array that all the others are called on",
    "core.array:create_codec_pipeline": "makes the pipeline that an array with an engine holds",
}

upstream: Any = zarr.core.array

SELECTED: Final = (slice(1, 6), slice(2, 4))
POINTS: Final = ([0, 3, 6], [1, 4, 0])


def reaching() -> set[str]:
    """Names of functions in upstream's modules that use a pipeline, directly or via private ones.

    Callers of a public function are not followed: that function is tested itself.
    """
    functions = dict(_functions())
    names, found = set(PIPELINES), set[str]()
    while True:
        new = {name for name, mentions in functions.items() if mentions & names} - found
        if not new:
            return {name for name in found if not _is_within(name)}
        found |= new
        for name in new:
            last = name.rsplit(".", 1)[-1].rsplit(":", 1)[-1]
            if not _is_within(name) and last.startswith("_") and not last.startswith("__"):
                names.add(last)


def _is_within(name: str) -> bool:
    module = name.partition(":")[0]
    return any(f"{module}.".startswith(f"{within}.") for within in WITHIN_PIPELINES)


def _functions() -> Iterator[tuple[str, set[str]]]:
    root = Path(zarr.__file__).parent
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root).with_suffix("").parts
        if parts[0] not in OURS:
            yield from _functions_in(ast.parse(file.read_text()), f"{'.'.join(parts)}:")


def _functions_in(tree: ast.AST, prefix: str) -> Iterator[tuple[str, set[str]]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{node.name}", set(_mentioned(node))
        elif isinstance(node, ast.ClassDef):
            yield from _functions_in(node, f"{prefix}{node.name}.")
        else:
            yield from _functions_in(node, prefix)


def _mentioned(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield node.name


def indexer(array: Any) -> BasicIndexer:
    """An indexer that selects `SELECTED`."""
    return BasicIndexer(SELECTED, array.shape, array._async_array._chunk_grid)


def parts(array: Any) -> tuple[Any, ...]:
    """The arguments that functions of the module take from an array."""
    inner = array._async_array
    return inner.store_path, inner.metadata, inner.codec_pipeline, inner.config, inner._chunk_grid


def mask(array: Any) -> Any:
    """A mask of every third element."""
    return np.arange(array.size).reshape(array.shape) % 3 == 0


def _private_read(array: Any) -> Any:
    prototype = default_buffer_prototype()
    return sync(upstream._get_selection(*parts(array), indexer(array), prototype=prototype))


def _private_write(array: Any, value: Any) -> None:
    prototype = default_buffer_prototype()
    sync(upstream._set_selection(*parts(array), indexer(array), value, prototype=prototype))


def _method_read(array: Any) -> Any:
    prototype = default_buffer_prototype()
    return sync(array._async_array._get_selection(indexer(array), prototype=prototype))


def _method_write(array: Any, value: Any) -> None:
    prototype = default_buffer_prototype()
    sync(array._async_array._set_selection(indexer(array), value, prototype=prototype))


type Read = tuple[Callable[[Any], Any], Callable[[Any], Any]]
"""A read of an array, and the same selection of a NumPy array."""

READS: Final[Mapping[str, Read]] = {
    "core.array:_get_selection": (_private_read, lambda values: values[SELECTED]),
    "core.array:_getitem": (
        lambda array: sync(upstream._getitem(*parts(array), SELECTED)),
        lambda values: values[SELECTED],
    ),
    "core.array:AsyncArray._get_selection": (_method_read, lambda values: values[SELECTED]),
    "core.array:AsyncArray.getitem": (
        lambda array: sync(array._async_array.getitem(SELECTED)),
        lambda values: values[SELECTED],
    ),
    "core.array:AsyncArray.get_orthogonal_selection": (
        lambda array: sync(array._async_array.get_orthogonal_selection(([5, 0], slice(1, 3)))),
        lambda values: values[[5, 0], 1:3],
    ),
    "core.array:AsyncArray.get_coordinate_selection": (
        lambda array: sync(array._async_array.get_coordinate_selection(POINTS)),
        lambda values: values[POINTS],
    ),
    "core.array:AsyncArray.get_mask_selection": (
        lambda array: sync(array._async_array.get_mask_selection(mask(array))),
        lambda values: values[mask(values)],
    ),
    "core.array:Array.get_basic_selection": (
        lambda array: array.get_basic_selection(SELECTED),
        lambda values: values[SELECTED],
    ),
    "core.array:Array.get_orthogonal_selection": (
        lambda array: array.get_orthogonal_selection(([5, 0], slice(1, 3))),
        lambda values: values[[5, 0], 1:3],
    ),
    "core.array:Array.get_coordinate_selection": (
        lambda array: array.get_coordinate_selection(POINTS),
        lambda values: values[POINTS],
    ),
    "core.array:Array.get_mask_selection": (
        lambda array: array.get_mask_selection(mask(array)),
        lambda values: values[mask(values)],
    ),
    "core.array:Array.get_block_selection": (
        # All blocks, which are chunks or shards.
        lambda array: array.get_block_selection((slice(None), slice(None))),
        lambda values: values,
    ),
}

type Write = tuple[Callable[[Any, Any], Any], Any]
"""A write to an array, and the same selection of a NumPy array."""

WRITES: Final[Mapping[str, Write]] = {
    "core.array:_set_selection": (_private_write, SELECTED),
    "core.array:AsyncArray._set_selection": (_method_write, SELECTED),
    "core.array:AsyncArray.setitem": (
        lambda array, value: sync(array._async_array.setitem(SELECTED, value)),
        SELECTED,
    ),
    "core.array:Array.set_basic_selection": (
        lambda array, value: array.set_basic_selection(SELECTED, value),
        SELECTED,
    ),
    "core.array:Array.set_orthogonal_selection": (
        lambda array, value: array.set_orthogonal_selection(([5, 0], slice(1, 3)), value),
        ([5, 0], slice(1, 3)),
    ),
    "core.array:Array.set_coordinate_selection": (
        lambda array, value: array.set_coordinate_selection(POINTS, value),
        POINTS,
    ),
    "core.array:Array.set_mask_selection": (
        lambda array, value: array.set_mask_selection(mask(array), value),
        None,
    ),
    "core.array:Array.set_block_selection": (
        lambda array, value: array.set_block_selection((slice(None), slice(None)), value),
        (slice(None), slice(None)),
    ),
}
