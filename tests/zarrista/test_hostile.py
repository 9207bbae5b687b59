"""Damaged chunks and documents: an error of a known class, or what the reference reads."""

from __future__ import annotations

import subprocess
import sys
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.lenient_documents import documents
from tests.faults.fuzz.documents import damaged_document
from tests.zarrista.support import ENGINE
from zarr import crud
from zarr.errors import BaseZarrError
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")

# In a process of its own: what is sought might end it.
DAMAGE = """
import json, sys, warnings
from random import Random
warnings.simplefilter("ignore")
import numpy as np
from tests.zarrista.support import document_of
from tests.zarrista.test_codecs import CHAINS
from zarr import crud
from zarr.storage import LocalStore

name, folder = sys.argv[1:]
document, store = document_of(**{"dtype": "i4"} | CHAINS[name]), LocalStore(folder)
values = np.arange(35, dtype="i4").reshape(7, 5)
crud.write_region(document, store, ..., values, engine="reference", detached=True)
file = store.root / "c/0/0"
whole, random, counted = file.read_bytes(), Random(name), {}
for _ in range(400):
    data = bytearray(whole)
    for _ in range(random.choice([1, 1, 2, 8])):
        data[random.randrange(len(data))] = random.randrange(256)
    if random.random() < 0.3:
        data = data[: random.randrange(len(data))]
    if random.random() < 0.1:
        data += random.randbytes(random.randrange(1, 20))
    file.write_bytes(data)
    for selection in (..., (1, 1), (slice(0, 3), slice(0, 2))):
        try:
            found = crud.read_region(document, store, selection, engine="zarrista", detached=True)
            told = "elements"
            assert np.asarray(found).shape == values[selection].shape
        except crud.DecodeError as err:
            told = "DecodeError"
            assert "c/0/0" in str(err)
        counted[told] = counted.get(told, 0) + 1
print(json.dumps(counted))
"""


@pytest.mark.parametrize("chain", ["raw", "blosc", "gzip", "zstd", "crc32c", "shards"])
def test_a_damaged_chunk_is_an_error_or_elements(chain: str, tmp_path: Path) -> None:
    """Catches a crash, a hang, a panic, or an error that names no key."""
    command = [sys.executable, "-c", DAMAGE, chain, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "DecodeError" in done.stdout


@pytest.mark.parametrize("part", range(4))
def test_a_damaged_document_is_refused_or_means_the_same(part: int, tmp_path: Path) -> None:
    """Catches a panic of the library's parser, or a document that it takes for another one."""
    served = 0
    for number in range(part * 200, (part + 1) * 200):
        _, members = damaged_document(Random(number))
        if not isinstance(members, dict):
            continue
        store = LocalStore(tmp_path / str(number))
        try:
            verdicts = crud.explain(members, store)
        except (BaseZarrError, TypeError, IndexError):
            continue
        assert verdicts[ENGINE].serves <= verdicts["reference"].serves, members
        assert "cannot tell" not in (verdicts[ENGINE].reason or "")
        if not verdicts[ENGINE].serves:
            continue
        served += 1
        assert outcome(members, store, ENGINE) == outcome(members, store, "reference"), members
    assert served


@pytest.mark.parametrize("members", list(documents()))
def test_a_lenient_document_is_refused_or_means_the_same(
    members: dict[str, Any], tmp_path: Path
) -> None:
    """Catches a default or a repair of zarr that the library does not know of."""
    store = LocalStore(tmp_path)
    with zarr.config.set({"array.rectilinear_chunks": True}):
        check_lenient(members, store)


def check_lenient(members: dict[str, Any], store: LocalStore) -> None:
    """Read the array without chunks, and one whose elements are all zero."""
    if not crud.explain(members, store)[ENGINE].serves:
        return
    assert outcome(members, store, ENGINE) == outcome(members, store, "reference")
    if not crud.explain(members, store, operation="write_region")[ENGINE].serves:
        return
    document = crud.read_metadata(created(members, store.root / "a"))
    value = np.zeros(document.shape, document.dtype)
    crud.write_region(document, store, ..., value, engine=ENGINE, detached=True)
    assert outcome(members, store, ENGINE) == outcome(members, store, "reference")


def created(members: dict[str, Any], folder: Path) -> LocalStore:
    store = LocalStore(folder)
    crud.create(members, store)
    return store


def outcome(members: dict[str, Any], store: LocalStore, engine: str) -> object:
    """The elements as bits, or the class of the error."""
    options = crud.Options(decoded_size_budget=1 << 24)
    try:
        found = crud.read_region(members, store, engine=engine, options=options, detached=True)
    except (crud.CrudError, ValueError, MemoryError) as err:
        return type(err)
    array = np.asarray(found)
    return array.dtype, array.shape, array.tobytes()
