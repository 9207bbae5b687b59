"""The errors of S3 are those of the user's store, and tell no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest
from obstore.exceptions import PermissionDeniedError

import zarr
from tests.ecosystem.s3.conftest import BINARIES
from tests.ecosystem.s3.servers import look_at_keys, moto, with_rights
from zarr import crud
from zarr.errors import NodeNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ecosystem.s3.servers import Account

VALUES = np.arange(24, dtype="i4").reshape(4, 6)
DENIED: Final = {"obstore": PermissionDeniedError, "s3fs": PermissionError}

pytestmark = [
    # s3fs makes loops and sessions that it does not close.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
kinds = pytest.mark.parametrize("kind", ["obstore", "s3fs"])
engines = pytest.mark.parametrize("engine", ["zarrs", "reference"])


@pytest.fixture(scope="module")
def document() -> Any:
    """The document of the array at `array`."""
    return zarr.create_array({}, shape=(4, 6), chunks=(2, 3), dtype="i4").metadata


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, document: Any) -> Iterator[Account]:
    """A user who may read, at a moto that looks at keys and rights."""
    with moto(BINARIES, tmp_path_factory.mktemp("moto")) as account:
        store = account.obstore("array")
        crud.create(document, store)
        crud.write_region(document, store, ..., VALUES)
        found = with_rights(account, "s3:GetObject", "s3:ListBucket")
        look_at_keys(account)
        yield found


@kinds
@engines
def test_a_reader_reads_and_does_not_write(
    reader: Account, document: Any, kind: str, engine: str
) -> None:
    """Catches a refusal that is taken for a missing value, or a write that seems to succeed."""
    store = reader.store(kind, "array")
    assert np.array_equal(crud.read_region(document, store, ..., engine=engine), VALUES)
    with pytest.raises(DENIED[kind]) as caught:
        crud.write_region(document, store, (slice(0, 2), slice(0, 3)), 5, engine=engine)
    assert reader.secret not in str(caught.value)
    assert np.array_equal(crud.read_region(document, store, ..., engine=engine), VALUES)


@kinds
@engines
@pytest.mark.parametrize("wrong", ["key", "secret"])
def test_wrong_credentials_are_an_error_and_no_fill_value(
    reader: Account, s3s_fs: Account, document: Any, kind: str, engine: str, wrong: str
) -> None:
    """Catches elements that were never read, and a message with a credential."""
    for account in (reader, s3s_fs):
        other = account._replace(**{wrong: "notthisone"})
        store = other.store(kind, "array")
        with pytest.raises(DENIED[kind]) as caught:
            crud.read_region(document, store, ..., engine=engine)
        for secret in (account.secret, other.secret):
            assert secret not in str(caught.value)


def test_the_message_names_the_key_and_what_to_check(reader: Account, document: Any) -> None:
    """Catches an answer of the server that the user has to decode."""
    store = reader._replace(secret="notthisone").obstore("array")
    with pytest.raises(PermissionDeniedError, match=r"'c/\d/\d' .* 403 Forbidden .*; check the "):
        crud.read_region(document, store, ..., engine="zarrs")


def test_a_missing_bucket_is_no_array_of_fill_values(reader: Account, document: Any) -> None:
    """Catches a misspelled bucket that reads as an empty array."""
    missing = reader._replace(bucket="none")
    with pytest.raises(FileNotFoundError, match="check the name of the bucket"):
        crud.read_region(document, missing.obstore("array"), ..., engine="zarrs")
    for kind, engine in (("obstore", "reference"), ("s3fs", "zarrs"), ("s3fs", "reference")):
        with pytest.raises((NodeNotFoundError, FileNotFoundError)):
            crud.read_region(document, missing.store(kind, "array"), ..., engine=engine)
