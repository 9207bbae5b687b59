"""Zarr I/O as functions of a metadata document, a store, and parameters.

- A **node** is an array or a group: `create`, `read_metadata`, `write_metadata`, `delete_node`,
  `list_children`.
- A **chunk** is the unit of storage, addressed by its index in the chunk grid: `read_chunk`,
  `write_chunk`, `delete_chunk`, `list_chunks`; as stored bytes `read_encoded_chunk`,
  `write_encoded_chunk`; without a store `encode_chunk`, `decode_chunk`. A chunk of a sharded array
  is a shard, and `read_subchunk` reads one of its subchunks.
- A **region** is a part of an array, selected by element: `read_region`, `write_region`; many
  regions of one or several arrays in one call: `read_regions`, `write_regions`.
- A **stream** passes through an array region by region, in the memory of a few: `iter_chunks`
  reads ahead of its consumer, `write_chunks` writes behind its producer.
- The **document** is authoritative: chunk and region functions never read metadata. They only
  check, once per store and path, that the node exists; `detached=True` skips this check.
  A document from `read_metadata` remembers its path.
- A **backend** does the work: the best one that serves the call, unless `engine=` or the
  configuration key `array.engine` names one. A named backend is never replaced by another.
  `list_backends` and `explain` show the choices.

- `doctor` reads a sample of an array with every engine, compares, and says what is slow or risky.
- A **batch** gathers writes to parts of chunks, and replaces each chunk once: `batched_writes`.
- An **archive** is an array, or a group with all below it: `verify` reports what is wrong with it,
  `repair` deletes leftovers, `compare` says how two differ, and `layout` how an array is stored;
  `copy` and `repack` store it elsewhere or anew, and `repack_plan` says how.

Functions of nodes, chunks, regions and streams have asynchronous variants, whose names end in
`_async`. Functions hold no state between calls. They cache parsed documents, constructed arrays,
readers of backends, and which nodes exist. The caches never change a result, with one exception: if
others delete a node, its chunks read as fill values until it is created again.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zarr.crud._async import (
        create_async,
        decode_chunk_async,
        delete_chunk_async,
        delete_node_async,
        encode_chunk_async,
        list_children_async,
        list_chunks_async,
        read_chunk_async,
        read_encoded_chunk_async,
        read_metadata_async,
        read_region_async,
        read_regions_async,
        read_subchunk_async,
        write_chunk_async,
        write_encoded_chunk_async,
        write_metadata_async,
        write_region_async,
        write_regions_async,
    )
    from zarr.crud._batched.batch import BatchedWrites, batched_writes
    from zarr.crud._chunks import read_chunk, write_chunk
    from zarr.crud._codec_chain import decode_chunk, encode_chunk
    from zarr.crud._doctor.doctor import doctor
    from zarr.crud._doctor.report import DoctorReport
    from zarr.crud._document.document import Document
    from zarr.crud._encoded import (
        delete_chunk,
        list_chunks,
        read_encoded_chunk,
        write_encoded_chunk,
    )
    from zarr.crud._errors import (
        BackendUnavailableError,
        BatchError,
        CrudError,
        DecodedSizeError,
        DecodeError,
        DocumentError,
        ErrorKind,
        InternalError,
        InvalidPathError,
        MismatchError,
        MissingValueError,
        ReadOnlyError,
        UnknownBackendError,
        UnsupportedError,
        ValueShapeError,
    )
    from zarr.crud._iter_chunks import iter_chunks, iter_chunks_async
    from zarr.crud._layout.layout import Layout
    from zarr.crud._layout.measured import layout
    from zarr.crud._many_regions import Request, read_regions, write_regions
    from zarr.crud._nodes import (
        create,
        delete_node,
        list_children,
        read_metadata,
        write_metadata,
    )
    from zarr.crud._options import Options
    from zarr.crud._regions import read_region, write_region
    from zarr.crud._repack.done import Failure
    from zarr.crud._repack.functions import copy, repack
    from zarr.crud._repack.groups import GroupPlan
    from zarr.crud._repack.plan import RepackPlan
    from zarr.crud._repack.plan_of_array import ArrayPlan
    from zarr.crud._repack.planned import repack_plan
    from zarr.crud._repack.report import Progress, RepackedArray, RepackReport
    from zarr.crud._selection.basic import Box, Outer, Points
    from zarr.crud._selection.ranges import Ranges
    from zarr.crud._stores.location import Location
    from zarr.crud._subchunks import read_subchunk
    from zarr.crud._verify.compare import compare
    from zarr.crud._verify.differences import CompareReport, Difference
    from zarr.crud._verify.findings import Finding
    from zarr.crud._verify.repair import repair
    from zarr.crud._verify.report import ArrayReport, VerifyReport
    from zarr.crud._verify.verify import verify
    from zarr.crud._write_chunks import write_chunks, write_chunks_async
    from zarr.crud.backends.contract import CrudBackend, Reader
    from zarr.crud.backends.explain import Verdict, explain
    from zarr.crud.backends.registry import (
        BackendStatus,
        get_backend,
        list_backends,
        register_backend,
    )
else:
    from zarr.crud._later import __dir__, __getattr__  # noqa: F401  # the module has them

__all__ = [
    "ArrayPlan",
    "ArrayReport",
    "BackendStatus",
    "BackendUnavailableError",
    "BatchError",
    "BatchedWrites",
    "Box",
    "CompareReport",
    "CrudBackend",
    "CrudError",
    "DecodeError",
    "DecodedSizeError",
    "Difference",
    "DoctorReport",
    "Document",
    "DocumentError",
    "ErrorKind",
    "Failure",
    "Finding",
    "GroupPlan",
    "InternalError",
    "InvalidPathError",
    "Layout",
    "Location",
    "MismatchError",
    "MissingValueError",
    "Options",
    "Outer",
    "Points",
    "Progress",
    "Ranges",
    "ReadOnlyError",
    "Reader",
    "RepackPlan",
    "RepackReport",
    "RepackedArray",
    "Request",
    "UnknownBackendError",
    "UnsupportedError",
    "ValueShapeError",
    "Verdict",
    "VerifyReport",
    "batched_writes",
    "compare",
    "copy",
    "create",
    "create_async",
    "decode_chunk",
    "decode_chunk_async",
    "delete_chunk",
    "delete_chunk_async",
    "delete_node",
    "delete_node_async",
    "doctor",
    "encode_chunk",
    "encode_chunk_async",
    "explain",
    "get_backend",
    "iter_chunks",
    "iter_chunks_async",
    "layout",
    "list_backends",
    "list_children",
    "list_children_async",
    "list_chunks",
    "list_chunks_async",
    "read_chunk",
    "read_chunk_async",
    "read_encoded_chunk",
    "read_encoded_chunk_async",
    "read_metadata",
    "read_metadata_async",
    "read_region",
    "read_region_async",
    "read_regions",
    "read_regions_async",
    "read_subchunk",
    "read_subchunk_async",
    "register_backend",
    "repack",
    "repack_plan",
    "repair",
    "verify",
    "write_chunk",
    "write_chunk_async",
    "write_chunks",
    "write_chunks_async",
    "write_encoded_chunk",
    "write_encoded_chunk_async",
    "write_metadata",
    "write_metadata_async",
    "write_region",
    "write_region_async",
    "write_regions",
    "write_regions_async",
]
