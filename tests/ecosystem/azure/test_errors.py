"""The errors of Azure are those of the user's store, and tell no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest
from obstore.exceptions import PermissionDeniedError

import zarr
from tests.ecosystem.azure.servers import CONTAINER, KEY, PUBLIC
from zarr import crud
from zarr.errors import NodeNotFoundError

if TYPE_CHECKING:
    from tests.ecosystem.azure.servers import Account

pytestmark = [
    # adlfs makes sessions that it does not close.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

VALUES = np.arange(24, dtype="i4").reshape(4, 6)
WRONG: Final = "bm90IHRoaXMgb25l"
DENIED: Final = {"obstore": PermissionDeniedError, "adlfs": PermissionError}
kinds = pytest.mark.parametrize("kind", ["obstore", "adlfs"])


@pytest.fixture(scope="module")
def document() -> Any:
    """The document of the array at `array`."""
    return zarr.create_array({}, shape=(4, 6), chunks=(2, 3), dtype="i4").metadata


@pytest.fixture(scope="module", autouse=True)
def _array(account: Account, document: Any) -> None:
    for each in (account, account._replace(container=PUBLIC)):
        store = each.store("obstore", "array")
        crud.create(document, store)
        crud.write_region(document, store, ..., VALUES)


@kinds
def test_a_signature_reads_and_does_not_write(account: Account, document: Any, kind: str) -> None:
    """Catches a signature that is sent wrongly or told, and a write that seems to succeed."""
    reader = account.with_rights(read=True, list=True)
    store = reader.store(kind, "array")
    assert crud.explain(document, store)["zarrs"].store == "natively"
    assert np.array_equal(crud.read_region(document, store, ..., engine="zarrs"), VALUES)
    assert len(crud.list_chunks(document, store)) == 4
    with pytest.raises(DENIED[kind], match="'c/0/0'") as caught:
        crud.write_region(document, store, (slice(0, 2), slice(0, 3)), 5, engine="zarrs")
    assert reader.signature is not None
    assert reader.signature[-20:] not in str(caught.value)
    assert np.array_equal(crud.read_region(document, store, ..., engine="zarrs"), VALUES)


@kinds
def test_anybody_reads_a_public_container(account: Account, document: Any, kind: str) -> None:
    """Catches a request that is signed with nothing."""
    anybody = account._replace(container=PUBLIC, key=None)
    store = anybody.store(kind, "array")
    assert crud.explain(document, store)["zarrs"].store == "natively"
    assert np.array_equal(crud.read_region(document, store, ..., engine="zarrs"), VALUES)
    private = anybody._replace(container=CONTAINER).store(kind, "array")
    with pytest.raises((PermissionError, FileNotFoundError, PermissionDeniedError)):
        crud.read_region(document, private, ..., engine="zarrs")


@kinds
def test_a_wrong_key_is_an_error_and_no_fill_value(
    account: Account, document: Any, kind: str
) -> None:
    """Catches elements that were never read, and a message with a credential."""
    store = account._replace(key=WRONG).store(kind, "array")
    with pytest.raises(DENIED[kind], match=r"'c/\d/\d' .* 403 .*; check the ") as caught:
        crud.read_region(document, store, ..., engine="zarrs")
    for secret in (KEY, WRONG):
        assert secret not in str(caught.value)


@kinds
def test_a_missing_container_is_no_array_of_fill_values(
    account: Account, document: Any, kind: str
) -> None:
    """Catches a misspelled container that reads as an empty array."""
    store = account._replace(container="none").store(kind, "array")
    with pytest.raises(FileNotFoundError, match="check the name of the bucket"):
        crud.read_region(document, store, ..., engine="zarrs")
    with pytest.raises((NodeNotFoundError, FileNotFoundError)):
        crud.read_metadata(store)
