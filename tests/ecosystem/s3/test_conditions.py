"""What servers promise of conditions, which differs: a client can rely on the least of it.

s3s-fs refuses a PUT whose condition does not hold, but two that arrive together may both pass, and
it reads a value whatever `If-Match` says. So two writers may lose an update there, and only equal
tags prove that two parts are of one version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest
from obstore.exceptions import AlreadyExistsError, PreconditionError

import zarr
from zarr import crud

if TYPE_CHECKING:
    from tests.ecosystem.s3.servers import Account


def test_a_put_happens_only_under_its_condition(account: Account) -> None:
    """Catches a server that takes every value, on which no update is safe."""
    store = account.s3("conditions")
    made = obstore.put(store, "key", b"one", mode="create")
    with pytest.raises(AlreadyExistsError):
        obstore.put(store, "key", b"two", mode="create")
    tag: Any = made["e_tag"]
    assert tag == obstore.head(store, "key")["e_tag"]
    obstore.put(store, "key", b"three", mode={"e_tag": tag})
    for key in ("key", "absent"):
        with pytest.raises(PreconditionError):
            obstore.put(store, key, b"four", mode={"e_tag": tag})
    assert bytes(obstore.get(store, "key").bytes()) == b"three"


def test_only_moto_looks_at_the_condition_of_a_read(s3s_fs: Account, free_moto: Account) -> None:
    """Catches a newer server with which the tests below would prove less."""
    for account in (s3s_fs, free_moto):
        store = account.s3("read")
        old: Any = obstore.put(store, "key", b"old")["e_tag"]
        obstore.put(store, "key", b"new")
        if account == s3s_fs:
            assert bytes(obstore.get(store, "key", options={"if_match": old}).bytes()) == b"new"
        else:
            with pytest.raises(PreconditionError):
                obstore.get(store, "key", options={"if_match": old})


@pytest.mark.parametrize("engine", ["zarrs", "reference"])
def test_parts_of_a_shard_are_read_with_and_without_conditions(
    account: Account, engine: str
) -> None:
    """Catches a proof of one version that needs a server with conditions."""
    values = np.arange(400, dtype="i4").reshape(20, 20)
    store = account.obstore(f"shard-{engine}")
    array = zarr.create_array(store, data=values, shards=(20, 20), chunks=(5, 5), engine=engine)
    assert np.array_equal(np.asarray(array[3:12, 7:9]), values[3:12, 7:9])
    array[3:12, 7:9] = -1
    values[3:12, 7:9] = -1
    assert np.array_equal(np.asarray(array[2:13, 6:10]), values[2:13, 6:10])


@pytest.mark.parametrize("engine", ["zarrs", "reference"])
def test_an_array_is_created_once(account: Account, engine: str) -> None:
    """Catches a creation that replaces the array of another."""
    store, document = (
        account.obstore(f"created-{engine}"),
        zarr.create_array({}, shape=(4,), dtype="i4"),
    )
    crud.create(document.metadata, store)
    with pytest.raises(zarr.errors.ContainsArrayError):
        crud.create(document.metadata, store)
    crud.write_region(document.metadata, store, slice(1, 3), 7, engine=engine)
    assert crud.read_region(document.metadata, store, ..., engine=engine).tolist() == [0, 7, 7, 0]
