"""Everything for writing a backend: the contract, and helpers to implement it.

A backend is a subclass of `CrudBackend`. It gets parsed input, reads and writes chunks, and
says what it does not serve. `docs/backends.md` builds one, from an empty file to the conformance
suite of `zarr.crud.testing`. The engines `"zarrs"` and `"zarrista"` import only these names from
this project, and `"zarrs"` the codecs of the reference.

- **Contract**: `CrudBackend`, `Reader`, `Operation`, `WRITES`, `CONTRACT`; `RegionRead`,
  `RegionWrite` and `concerning` for calls with many regions.
- **Input**: `Document`, `Location`, `Options`, `DEFAULT_OPTIONS`; the selections `Box`, `Outer` and
  `Points`, and `Ranges` as an axis of `Outer`.
- **Selections by chunk**: `chunk_parts`, `ChunkPart`, `whole_chunk`, `first_chunk`, `as_planned`.
- **Stored values**: `value_at` to read one, `change_value` to read and replace it, `StoredChunk`;
  `hold` to keep other writers out while a backend replaces the value itself.
- **Kept values**: `watchers`, to be told which stores are changed.
- **Refusals**: `refused_option` for options that a store cannot follow, `refused_write` for arrays
  that no encoder can encode, `check_deletes` for stores that would keep a value without an error.
- **Elements and codecs**: `cast`, `config_of`, `is_taken`.
- **What is expensive to make**: `BoundedCache` keeps it, up to a number or a size.
- **Synchronous use of stores**: `is_synchronous`, `on_loop`, `check_off_loop`, `read_on_loop`,
  `change_on_loop`, `Feed`, `read_each`, `change_each`, `is_at_hand`, `as_directory`,
  `check_forked`, `store_prototype`, `is_steady`.
- **Values without an event loop**: `DirectStore`, which a backend may offer for documents, lists
  and deletions.
- **Files that move**: `FileAssembler`, which a backend may offer to store files that are made of
  pieces of others (`FilePiece`, or bytes), and `assemble_files`, which does the same in Python.
- **Parts of values**: `get_part`, `get_part_sync`; `is_immutable`, `gives_etags` and `get_tagged`
  tell whether several parts are of one value.
- **Conditional puts**: `offers_conditions`, `get_conditioned`, `put_conditioned`, `Conflict`, and
  `Attempts` and `pause` to repeat them. `change_value` does all of it.
- **Reads that are awaited**: `when_cancelled` to end one with the call around it, `run_in_worker`
  for what takes long beside it.
- **Many chunks**: `check_cancelled` between two chunks; `work_on_each` to process many at a time.
- **For compiled backends**: `key_locks`, the table of keys that are being written, to which they
  add keys themselves; `look_beside`, `look_is_due` for temporary files of killed processes;
  `place_of`, whether the values of a store are where they were; `errors`.
"""

from typing import TYPE_CHECKING

from zarr.crud import _errors as errors
from zarr.crud._stores import key_locks

if TYPE_CHECKING:
    from zarr.crud._bounded_cache import BoundedCache
    from zarr.crud._document.casting import cast
    from zarr.crud._document.codecs import config_of
    from zarr.crud._document.document import Document
    from zarr.crud._encoding.encoders import is_taken
    from zarr.crud._encoding.unwritable import refused_write
    from zarr.crud._options import DEFAULT_OPTIONS, Options
    from zarr.crud._selection.basic import Box, Outer, Points, Selection
    from zarr.crud._selection.chunk_parts import ChunkPart, chunk_parts, first_chunk
    from zarr.crud._selection.ranges import Ranges
    from zarr.crud._stores.abilities import check_deletes
    from zarr.crud._stores.assembled_files import FileAssembler, FilePiece, assemble_files
    from zarr.crud._stores.at_hand import is_at_hand
    from zarr.crud._stores.attempts import Attempts, pause
    from zarr.crud._stores.batches import change_each, read_each, work_on_each
    from zarr.crud._stores.cancellation import check_cancelled, when_cancelled
    from zarr.crud._stores.chunk import StoredChunk
    from zarr.crud._stores.conditional import Conflict, get_conditioned, put_conditioned
    from zarr.crud._stores.conditions import offers_conditions
    from zarr.crud._stores.direct import DirectStore
    from zarr.crud._stores.directories import as_directory
    from zarr.crud._stores.etags import get_tagged, gives_etags
    from zarr.crud._stores.event_loop import check_off_loop, is_synchronous, on_loop
    from zarr.crud._stores.feed import Feed
    from zarr.crud._stores.forks import check_forked
    from zarr.crud._stores.immutable import is_immutable
    from zarr.crud._stores.in_flight import requests_in_flight
    from zarr.crud._stores.leftovers import look_beside, look_is_due
    from zarr.crud._stores.location import Location, store_prototype
    from zarr.crud._stores.many_on_loop import change_on_loop, read_on_loop
    from zarr.crud._stores.place import place_of
    from zarr.crud._stores.ranges import get_part, get_part_sync
    from zarr.crud._stores.steady import is_steady
    from zarr.crud._stores.threads import run_in_worker
    from zarr.crud._stores.writable import watchers
    from zarr.crud.backends.contract import CONTRACT, WRITES, CrudBackend, Operation, Reader
    from zarr.crud.backends.requests import RegionRead, RegionWrite, concerning
    from zarr.crud.backends.selected import as_planned, whole_chunk
    from zarr.crud.backends.store_options import refused_option
    from zarr.crud.backends.values import change_value, hold, value_at
else:
    from zarr.crud.backends.later import __dir__, __getattr__  # noqa: F401  # the module has them

__all__ = [
    "CONTRACT",
    "DEFAULT_OPTIONS",
    "WRITES",
    "Attempts",
    "BoundedCache",
    "Box",
    "ChunkPart",
    "Conflict",
    "CrudBackend",
    "DirectStore",
    "Document",
    "Feed",
    "FileAssembler",
    "FilePiece",
    "Location",
    "Operation",
    "Options",
    "Outer",
    "Points",
    "Ranges",
    "Reader",
    "RegionRead",
    "RegionWrite",
    "Selection",
    "StoredChunk",
    "as_directory",
    "as_planned",
    "assemble_files",
    "cast",
    "change_each",
    "change_on_loop",
    "change_value",
    "check_cancelled",
    "check_deletes",
    "check_forked",
    "check_off_loop",
    "chunk_parts",
    "concerning",
    "config_of",
    "errors",
    "first_chunk",
    "get_conditioned",
    "get_part",
    "get_part_sync",
    "get_tagged",
    "gives_etags",
    "hold",
    "is_at_hand",
    "is_immutable",
    "is_steady",
    "is_synchronous",
    "is_taken",
    "key_locks",
    "look_beside",
    "look_is_due",
    "offers_conditions",
    "on_loop",
    "pause",
    "place_of",
    "put_conditioned",
    "read_each",
    "read_on_loop",
    "refused_option",
    "refused_write",
    "requests_in_flight",
    "run_in_worker",
    "store_prototype",
    "value_at",
    "watchers",
    "when_cancelled",
    "whole_chunk",
    "work_on_each",
]
