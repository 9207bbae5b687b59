"""Values of an object store with the condition under which they may be replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from zarr.crud._errors import UnsupportedError, store_name
from zarr.crud._stores.writable import check_writable

if TYPE_CHECKING:
    from zarr.core.buffer import Buffer, BufferPrototype
    from zarr.crud._options import Locking

MOST_AT_ONCE: Final = {"S3Store": 5 << 30, "AzureStore": 5000 << 20, "GCSStore": 5 << 40}
"""The most bytes that a service stores with one request; uploads in parts have no condition."""

type Condition = Literal["create"] | dict[str, str]
"""What must still be true when a value is put: there is none, or it is the one with these tags."""


class Conflict(Exception):  # noqa: N818
    """A value is no longer what the condition says, or the store did not answer whether it is."""

    def __init__(self, unanswered: Exception | None = None) -> None:
        super().__init__("another writer was first")
        self.unanswered = unanswered
        """The error, if the store did not answer: the value may have been put."""


async def get_conditioned(
    store: Any, key: str, prototype: BufferPrototype
) -> tuple[Buffer | None, Condition | None]:
    """Return a value, and the condition that it is unchanged.

    `store` is one of those that `offers_conditions` accepts. The condition is `None` if the service
    gives no tag, or only a weak one, which no condition can contain.
    """
    import obstore

    try:
        response = await obstore.get_async(store.store, key)
        data: Any = await response.bytes_async()
    except FileNotFoundError:
        return None, "create"
    return prototype.buffer.from_bytes(data), _condition(store.store, response.meta)


def _condition(inner: object, meta: Any) -> Condition | None:
    tag, version = meta.get("e_tag"), meta.get("version")
    if type(inner).__name__ == "GCSStore":
        # Google counts generations of a value; its tags are of no use here.
        return {"version": version} if version else None
    return {"e_tag": tag} if tag and not tag.startswith("W/") else None


async def put_if(
    store: Any, key: str, value: Buffer, condition: Condition, token: str | None = None
) -> None:
    """Put a value in one request, under a condition; with a `token` that `has_token` recognizes.

    Raises
    ------
    Conflict
        The condition is not met, or the store did not answer.
    NotImplementedError
        The service has no conditions, according to the settings of the store.
    """
    import obstore
    from obstore.exceptions import (
        AlreadyExistsError,
        GenericError,
        NotModifiedError,
        PreconditionError,
    )

    check_writable(store)
    buffer: Any = value.as_buffer_like()
    attributes: Any = None if token is None else {_TOKEN: token}
    try:
        mode: Any = condition
        await obstore.put_async(store.store, key, buffer, mode=mode, attributes=attributes)
    except (AlreadyExistsError, PreconditionError, NotModifiedError) as err:
        raise Conflict from err
    except GenericError as err:
        # obstore repeats other requests after a timeout, but not this one.
        if "501 Not Implemented" in str(err):
            err.add_note(
                "The service may not know conditional puts; make the store with "
                "conditional_put='disabled', or write with locking='threads'."
            )
        if "kind: Timeout" not in str(err):
            raise
        raise Conflict(err) from err


async def put_conditioned(
    key: str, store: Any, value: Buffer, condition: Condition | None, locking: Locking
) -> None:
    """Put a value under a condition; with `locking="auto"` without one if the service has none.

    Raises
    ------
    Conflict
        The condition is not met, or the store did not answer.
    UnsupportedError
        There is none, and `locking` is `"conditional"`; or the value is too large for one request,
        and nothing is sent.
    """
    if condition is not None:
        # Before the `try`: this error is a `NotImplementedError`, too.
        _check_size(store, key, value)
    why = "gives it no strong tag"
    if condition is not None:
        try:
            await put_if(store, key, value, condition)
        except NotImplementedError:
            why = "has no conditional puts"
        else:
            return
    if locking == "conditional":
        raise UnsupportedError(
            f"the key {key!r} of {store_name(store)} cannot be replaced under a condition, because "
            f"the store {why}; use locking='threads'"
        )
    await store.set(key, value)


def _check_size(store: Any, key: str, value: Buffer) -> None:
    most = MOST_AT_ONCE.get(type(store.store).__name__)
    if most is not None and len(value) > most:
        raise UnsupportedError(
            f"the value of {key!r} in {store_name(store)} cannot be written: it has {len(value)} "
            f"bytes, and the service stores at most {most} under a condition; use smaller chunks "
            "or shards, or, if there is no other writer, locking='threads'"
        )


# Azure takes only names that are identifiers.
_TOKEN: Final = "zarrcreator"


async def has_token(store: Any, key: str, token: str) -> bool:
    """Return whether a stored value was put with this token."""
    import obstore

    try:
        response = await obstore.get_async(store.store, key)
    except FileNotFoundError:
        return False
    return bool(response.attributes.get(_TOKEN) == token)
