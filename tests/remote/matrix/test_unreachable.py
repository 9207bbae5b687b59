"""Servers that cannot be reached at all, in every verb: an error with the key, and nothing sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import zarr
from tests.remote.matrix.outcomes import check_error, stored
from tests.remote.matrix.selected import selected
from tests.remote.matrix.verbs import PROTOCOLS, VERBS, Verb
from tests.remote.matrix.ways import ENGINES, reached
from tests.remote.server import Server
from tests.remote.test_fault_matrix import unused_port
from tests.remote.test_fault_tls import certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = ("nothing listens", "no such host", "untrusted certificate", "other certificate", "no TLS")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[str, Server]]]:
    """The URL of each place, and the server that must get no request."""
    folder = tmp_path_factory.mktemp("certificates")
    plain = Server()
    own = Server(certificate(folder, "IP:127.0.0.1"))
    others = Server(certificate(folder, "DNS:example.org"))
    yield {
        "nothing listens": (f"http://127.0.0.1:{unused_port()}", plain),
        "no such host": ("http://no-such-host.invalid", plain),
        "untrusted certificate": (own.url, own),
        "other certificate": (others.url, others),
        "no TLS": (plain.url.replace("http:", "https:"), plain),
    }
    for server in (plain, own, others):
        server.close()


CELLS = [
    (place, verb, way, protocol)
    for place in PLACES
    for verb in VERBS
    for way in ENGINES
    for protocol in PROTOCOLS[verb.does]
]


@pytest.mark.parametrize(
    ("place", "verb", "way", "protocol"),
    selected(CELLS, 29),
    ids=lambda part: str(part).replace(" ", "_"),
)
def test_a_server_that_cannot_be_reached_is_an_error(
    places: dict[str, tuple[str, Server]], place: str, verb: Verb, way: str, protocol: Any
) -> None:
    """Catches fill values or an empty list for a server that does not answer, and a hang."""
    url, server = places[place]
    document, _ = stored(verb.layouts[-1])
    store = reached(url, way, protocol, attempts=2, seconds=0.5)
    error = None
    with zarr.config.set({"array.engine": ENGINES[way]}):
        try:
            verb.run(document, store)
        except Exception as raised:  # noqa: BLE001 - its class is checked
            error = raised
    assert error is not None
    check_error(error, verb, way)
    assert not server.requests
    assert not server.objects
