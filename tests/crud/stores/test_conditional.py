"""Values that are put under a condition."""

from __future__ import annotations

import asyncio
from typing import Any

import obstore
import pytest
from obstore.store import GCSStore

from zarr.core.buffer import default_buffer_prototype
from zarr.core.buffer.cpu import Buffer
from zarr.crud import UnsupportedError
from zarr.crud._stores.conditional import (
    Conflict,
    _condition,
    get_conditioned,
    has_token,
    put_conditioned,
    put_if,
)
from zarr.storage import ObjectStore

PROTOTYPE = default_buffer_prototype()
ONE, TWO = Buffer.from_bytes(b"one"), Buffer.from_bytes(b"two")


def run(work: Any) -> Any:
    return asyncio.run(work)


def read(store: Any, key: str = "k") -> tuple[bytes | None, Any]:
    found, condition = run(get_conditioned(store, key, PROTOTYPE))
    return None if found is None else found.to_bytes(), condition


def test_a_value_is_put_only_if_it_is_the_one_that_was_read() -> None:
    """Catches a condition that is not sent, or never met."""
    store = ObjectStore(obstore.store.MemoryStore())
    assert read(store) == (None, "create")
    run(put_if(store, "k", ONE, "create"))
    with pytest.raises(Conflict):
        run(put_if(store, "k", TWO, "create"))
    value, condition = read(store)
    assert value == b"one"
    run(put_if(store, "k", TWO, condition))
    with pytest.raises(Conflict) as caught:
        run(put_if(store, "k", ONE, condition))
    assert caught.value.unanswered is None
    assert read(store)[0] == b"two"
    obstore.delete(store.store, "k")
    with pytest.raises(Conflict):
        run(put_if(store, "k", ONE, condition))
    assert read(store) == (None, "create")


def test_each_service_gets_the_tag_that_it_compares() -> None:
    """Catches a condition that Google refuses, and a weak tag, which equals none."""
    google: Any = GCSStore("bucket", skip_signature=True)
    other: Any = obstore.store.MemoryStore()
    meta = {"e_tag": '"a"', "version": "7"}
    assert _condition(google, meta) == {"version": "7"}
    assert _condition(google, {"e_tag": '"a"', "version": None}) is None
    assert _condition(other, meta) == {"e_tag": '"a"'}
    assert _condition(other, {"e_tag": 'W/"a"', "version": "7"}) is None
    assert _condition(other, {"e_tag": None}) is None


def test_a_read_only_store_is_not_written() -> None:
    """Catches a put that bypasses the store's own check."""
    store = ObjectStore(obstore.store.MemoryStore(), read_only=True)
    with pytest.raises(ValueError, match="read-only"):
        run(put_if(store, "k", ONE, "create"))
    assert read(store)[0] is None


def test_only_the_option_forbids_a_put_without_a_condition() -> None:
    """Catches a requested condition that is skipped, and a default that fails without one."""
    store = ObjectStore(obstore.store.MemoryStore())
    with pytest.raises(UnsupportedError, match=r"'k' .* gives it no strong tag"):
        run(put_conditioned("k", store, ONE, None, "conditional"))
    assert read(store)[0] is None
    run(put_conditioned("k", store, ONE, None, "auto"))
    assert read(store)[0] == b"one"


@pytest.mark.parametrize("locking", ["auto", "conditional"])
def test_a_service_that_turns_out_to_have_no_conditions_is_none(
    locking: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an error of obstore about a setting from the environment that it does not tell."""
    store, put = ObjectStore(obstore.store.MemoryStore()), obstore.put_async

    async def refusing(*args: Any, mode: Any = None, **options: Any) -> Any:
        if mode is not None:
            raise NotImplementedError
        return await put(*args, **options)

    monkeypatch.setattr(obstore, "put_async", refusing)
    if locking == "conditional":
        with pytest.raises(UnsupportedError, match="has no conditional puts"):
            run(put_conditioned("k", store, ONE, "create", locking))
    else:
        run(put_conditioned("k", store, ONE, "create", locking))
    assert read(store)[0] == (b"one" if locking == "auto" else None)


def test_an_error_of_the_store_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an error that counts as a conflict, so that the write is repeated in vain."""
    store = ObjectStore(obstore.store.MemoryStore())
    errors = obstore.exceptions
    denied, silent = errors.PermissionDeniedError("no"), errors.GenericError("kind: Timeout,")
    wrong = errors.GenericError("kind: Decode,")
    for error, unanswered in ((denied, None), (wrong, None), (silent, silent)):

        async def failing(*_: Any, error: Exception = error, **__: Any) -> None:
            raise error

        monkeypatch.setattr(obstore, "put_async", failing)
        with pytest.raises((Conflict, type(error))) as caught:
            run(put_if(store, "k", ONE, "create"))
        if unanswered is None:
            assert caught.value is error
        else:
            assert isinstance(caught.value, Conflict)
            assert caught.value.unanswered is silent


def test_a_service_that_knows_no_conditions_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an error that does not say what to do, where a plain put would succeed."""
    error = obstore.exceptions.GenericError("status code: 501 Not Implemented: ")

    async def failing(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(obstore, "put_async", failing)
    with pytest.raises(obstore.exceptions.GenericError) as caught:
        run(put_if(ObjectStore(obstore.store.MemoryStore()), "k", ONE, "create"))
    assert caught.value is error
    [note] = error.__notes__
    assert "locking='threads'" in note


def test_a_token_tells_who_put_a_value() -> None:
    """Catches two creators of equal values who both take the value for their own."""
    store = ObjectStore(obstore.store.MemoryStore())
    assert not run(has_token(store, "k", "mine"))
    run(put_if(store, "k", ONE, "create", "mine"))
    assert run(has_token(store, "k", "mine"))
    assert not run(has_token(store, "k", "yours"))
    obstore.put(store.store, "k", b"one")
    assert not run(has_token(store, "k", "mine"))
