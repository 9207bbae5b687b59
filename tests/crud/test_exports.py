"""The public interface, listed: to change it, change this list."""

from __future__ import annotations

import inspect
import subprocess
import sys

import zarr
from zarr import crud

AT = ("path", "storage_options")
HOW = ("engine", "options", "detached")
PLACES = ("path", "target_path", "storage_options", "target_storage_options")
CHANGES = (
    *("chunks", "shards", "filters", "serializer", "compressors", "codecs", "zarr_format"),
    *("region", "consolidated"),
)
PLAN = ("compact", "overwrite", "resume")
RUN = ("verify", "keep_going", "progress", "client")

VERBS = {
    "create": ["metadata", "store", *AT, "overwrite", "engine"],
    "read_metadata": ["store", *AT, "engine"],
    "write_metadata": ["metadata", "store", *AT, "engine"],
    "delete_node": ["store", *AT, "engine"],
    "list_children": ["store", *AT, "engine"],
    "read_chunk": ["metadata", "store", "index", *AT, "out", *HOW],
    "write_chunk": ["metadata", "store", "index", "value", *AT, *HOW],
    "delete_chunk": ["metadata", "store", "index", *AT, "detached"],
    "read_encoded_chunk": ["metadata", "store", "index", *AT, "detached"],
    "write_encoded_chunk": ["metadata", "store", "index", "data", *AT, "detached"],
    "read_subchunk": ["metadata", "store", "index", *AT, "out", *HOW],
    "list_chunks": ["metadata", "store", *AT, "detached"],
    "encode_chunk": ["metadata", "value", "index", "engine", "options"],
    "decode_chunk": ["metadata", "data", "index", "out", "engine", "options"],
    "read_region": ["metadata", "store", "selection", *AT, "kind", "out", *HOW],
    "write_region": ["metadata", "store", "selection", "value", *AT, "kind", *HOW],
    "iter_chunks": ["metadata", "store", "selection", *AT, "by", "ahead", "ordered", *HOW],
    "write_chunks": ["metadata", "store", "iterable", *AT, "ahead", *HOW],
    "read_regions": ["requests", "out", *HOW],
    "write_regions": ["requests", "values", *HOW],
}

FUNCTIONS = (
    VERBS
    | {f"{name}_async": parameters for name, parameters in VERBS.items()}
    | {
        "verify": ["store", *AT, "level", "digest", "progress", "engine", "options"],
        "repair": ["report", "store", "confirm", "storage_options", "beyond_grid"],
        "compare": [
            *("a", "b", "path", "other_path", "storage_options", "other_storage_options"),
            *("level", "engine", "options"),
        ],
        "layout": ["metadata", "store", *AT, "level", "detached"],
        "batched_writes": ["store", "storage_options", "max_bytes", "engine", "options"],
        "explain": [
            *("metadata", "store", "selection", *AT, "kind", "operation", "engine", "options"),
        ],
        "doctor": ["store", "selection", *AT, "max_bytes", "max_seconds"],
        "get_backend": ["name"],
        "list_backends": [],
        "register_backend": ["backend"],
        "repack_plan": [
            *("source", "target", *PLACES, *CHANGES, *PLAN, "max_memory", "scratch", *HOW[:2]),
        ],
        "repack": [
            *("source", "target", *PLACES, *CHANGES, *PLAN, *RUN),
            *("max_memory", "scratch", *HOW[:2]),
        ],
        "copy": [
            *("source", "target", *PLACES, "consolidated", "overwrite", "resume", *RUN),
            *("max_memory", "options"),
        ],
    }
)

CLASSES = {
    "ArrayPlan", "ArrayReport", "CompareReport", "Difference", "DoctorReport", "Failure", "Finding",
    "GroupPlan", "Layout", "Progress", "RepackPlan", "RepackReport", "RepackedArray", "Verdict",
    "VerifyReport",
    "BackendStatus", "BatchedWrites", "Box", "CrudBackend", "Document", "ErrorKind", "Location",
    "Options", "Outer", "Points", "Ranges", "Reader", "Request",
}  # fmt: skip

ERRORS = {
    "BackendUnavailableError", "BatchError", "CrudError", "DecodeError", "DecodedSizeError",
    "DocumentError", "InternalError", "InvalidPathError", "MismatchError",
    "MissingValueError", "ReadOnlyError",
    "UnknownBackendError", "UnsupportedError", "ValueShapeError",
}  # fmt: skip


def test_the_public_names_are_these() -> None:
    """Catches an accidental addition or loss of a name."""
    assert set(crud.__all__) == FUNCTIONS.keys() | CLASSES | ERRORS
    assert sorted(crud.__all__) == sorted(set(crud.__all__))


def test_a_request_has_the_arguments_of_a_verb_in_their_order() -> None:
    """Catches another order in tuples than in calls."""
    assert crud.Request._fields == ("metadata", "store", "selection", *AT, "kind")


def test_every_verb_has_one_argument_order() -> None:
    """Catches another argument order than metadata, store, where, value, and then keywords."""
    for name, expected in FUNCTIONS.items():
        parameters = inspect.signature(getattr(crud, name)).parameters
        assert list(parameters) == expected, name
        leading = {"metadata", "store", "index", "selection", "value", "data", "name", "backend"}
        leading |= {"requests", "values", "iterable", "report", "a", "b", "source", "target"}
        if "store" not in parameters:
            leading -= {"index"}
        for parameter in parameters.values():
            by_keyword = parameter.kind is inspect.Parameter.KEYWORD_ONLY
            assert by_keyword == (parameter.name not in leading), (name, parameter)


def test_every_public_name_is_documented() -> None:
    """Catches a public name without documentation."""
    for name in crud.__all__:
        assert inspect.getdoc(getattr(crud, name)), name


def test_zarr_itself_gains_three_names() -> None:
    """Catches a name that `import zarr` does not make accessible by itself."""
    assert {"crud", "list_engines", "zarrs"} <= set(zarr.__all__)
    code = "import zarr; zarr.crud.read_region, zarr.list_engines, zarr.zarrs.memory_pool_info()"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert set(zarr.list_engines()) == {"reference", "zarr", "zarrista", "zarrs"}


def test_the_import_of_zarr_loads_no_extension() -> None:
    """Catches an import that is slow or fails, although no engine was requested."""
    code = """
import sys
sys.modules["_zarrs_bindings"] = None  # as where it is not installed: its import fails
import zarr
assert not zarr.zarrs.is_available()
own = {name for name in sys.modules if name.startswith("zarr.")}
assert "zarr.crud.reference" not in own and "zarr.crud.testing" not in own
"""
    subprocess.run([sys.executable, "-c", code], check=True)
