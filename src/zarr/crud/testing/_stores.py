"""Stores for tests: real `Store` subclasses that hide, count or reject calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.storage import MemoryStore, WrapperStore

if TYPE_CHECKING:
    from zarr.abc.store import Store


class AsyncOnlyStore(WrapperStore[Any]):
    """A store without synchronous methods, like object stores."""

    _supports_sync_io = False

    def __init__(self, store: Store | None = None) -> None:
        super().__init__(MemoryStore() if store is None else store)


class StoreFailure(BaseException):
    """An exception with its own state; it is a `BaseException` but not an `Exception`."""

    def __init__(self, detail: object) -> None:
        super().__init__("the store failed")
        self.detail = detail


class FailingStore(MemoryStore):
    """A store whose synchronous calls on chunks raise one given exception object."""

    def __init__(self, failure: BaseException, *, on: str) -> None:
        super().__init__()
        self.failure = failure
        self.failing_call: str | None = on

    def _fail(self, call: str, key: str) -> None:
        if call == self.failing_call and not key.endswith("zarr.json"):
            raise self.failure

    def get_sync(self, key: str, **options: Any) -> Any:
        self._fail("get", key)
        return super().get_sync(key, **options)

    def set_sync(self, key: str, value: Any) -> None:
        self._fail("set", key)
        super().set_sync(key, value)

    def delete_sync(self, key: str) -> None:
        self._fail("delete", key)
        super().delete_sync(key)


class CountingStore(MemoryStore):
    """A store that records the keys of its synchronous calls, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, str]] = []

    def get_sync(self, key: str, **options: Any) -> Any:
        self.calls.append(("get", key))
        return super().get_sync(key, **options)

    def set_sync(self, key: str, value: Any) -> None:
        self.calls.append(("set", key))
        super().set_sync(key, value)

    def delete_sync(self, key: str) -> None:
        self.calls.append(("delete", key))
        super().delete_sync(key)
