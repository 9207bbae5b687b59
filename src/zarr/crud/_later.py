"""Public names of `zarr.crud`, whose modules are imported at their first use.

Most programs use few of them, and arrays with an engine none: to open the first would take longer.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PLACES: Final[dict[str, str]] = {
    "ArrayPlan": "_repack.plan_of_array",
    "ArrayReport": "_verify.report",
    "BackendStatus": "backends.registry",
    "BackendUnavailableError": "_errors",
    "BatchError": "_errors",
    "BatchedWrites": "_batched.batch",
    "Box": "_selection.basic",
    "CompareReport": "_verify.differences",
    "CrudBackend": "backends.contract",
    "CrudError": "_errors",
    "DecodeError": "_errors",
    "DecodedSizeError": "_errors",
    "Difference": "_verify.differences",
    "DoctorReport": "_doctor.report",
    "Document": "_document.document",
    "DocumentError": "_errors",
    "ErrorKind": "_errors",
    "Failure": "_repack.done",
    "Finding": "_verify.findings",
    "GroupPlan": "_repack.groups",
    "InternalError": "_errors",
    "InvalidPathError": "_errors",
    "Layout": "_layout.layout",
    "Location": "_stores.location",
    "MismatchError": "_errors",
    "MissingValueError": "_errors",
    "Options": "_options",
    "Outer": "_selection.basic",
    "Points": "_selection.basic",
    "Progress": "_repack.report",
    "Ranges": "_selection.ranges",
    "ReadOnlyError": "_errors",
    "Reader": "backends.contract",
    "RepackPlan": "_repack.plan",
    "RepackReport": "_repack.report",
    "RepackedArray": "_repack.report",
    "Request": "_many_regions",
    "UnknownBackendError": "_errors",
    "UnsupportedError": "_errors",
    "ValueShapeError": "_errors",
    "Verdict": "backends.explain",
    "VerifyReport": "_verify.report",
    "batched_writes": "_batched.batch",
    "compare": "_verify.compare",
    "copy": "_repack.functions",
    "create": "_nodes",
    "create_async": "_async",
    "decode_chunk": "_codec_chain",
    "decode_chunk_async": "_async",
    "delete_chunk": "_encoded",
    "delete_chunk_async": "_async",
    "delete_node": "_nodes",
    "delete_node_async": "_async",
    "doctor": "_doctor.doctor",
    "encode_chunk": "_codec_chain",
    "encode_chunk_async": "_async",
    "explain": "backends.explain",
    "get_backend": "backends.registry",
    "iter_chunks": "_iter_chunks",
    "iter_chunks_async": "_iter_chunks",
    "layout": "_layout.measured",
    "list_backends": "backends.registry",
    "list_children": "_nodes",
    "list_children_async": "_async",
    "list_chunks": "_encoded",
    "list_chunks_async": "_async",
    "read_chunk": "_chunks",
    "read_chunk_async": "_async",
    "read_encoded_chunk": "_encoded",
    "read_encoded_chunk_async": "_async",
    "read_metadata": "_nodes",
    "read_metadata_async": "_async",
    "read_region": "_regions",
    "read_region_async": "_async",
    "read_regions": "_many_regions",
    "read_regions_async": "_async",
    "read_subchunk": "_subchunks",
    "read_subchunk_async": "_async",
    "register_backend": "backends.registry",
    "repack": "_repack.functions",
    "repack_plan": "_repack.planned",
    "repair": "_verify.repair",
    "verify": "_verify.verify",
    "write_chunk": "_chunks",
    "write_chunk_async": "_async",
    "write_chunks": "_write_chunks",
    "write_chunks_async": "_write_chunks",
    "write_encoded_chunk": "_encoded",
    "write_encoded_chunk_async": "_async",
    "write_metadata": "_nodes",
    "write_metadata_async": "_async",
    "write_region": "_regions",
    "write_region_async": "_async",
    "write_regions": "_many_regions",
    "write_regions_async": "_async",
}
"""By public name: its module below `zarr.crud`."""


def found_later(
    package: str, places: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the functions `__getattr__` and `__dir__` of a package."""

    def __getattr__(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"zarr.crud.{places[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted({*vars(sys.modules[package]), *places})

    return __getattr__, __dir__


_found, __dir__ = found_later("zarr.crud", PLACES)


def __getattr__(name: str) -> Any:
    return import_module("zarr.crud.backends") if name == "backends" else _found(name)
