"""The configuration keys that the packages read, with the defaults that they have in the fork."""

from __future__ import annotations

import logging
from typing import Any, Final

from zarr.core.config import config

KEY: Final = "array.engine"

DEFAULTS: Final[dict[str, dict[str, Any]]] = {
    "array": {"engine": "zarr", "requests_in_flight": None}
}
"""Those of the fork but `array.engine_options`, which only its arrays read."""

_log: Final = logging.getLogger("zarr.crud")


def register() -> None:
    """Give the configuration of zarr the keys; what the user has set remains.

    An engine that was set before means more in the fork, so this is said.
    """
    given = config.get(KEY, None)
    config.update_defaults(DEFAULTS)
    if given is not None and given != DEFAULTS["array"]["engine"]:
        _log.warning(
            "%s is %r, but the arrays of this zarr have no engines, because it is not the fork: "
            "the setting applies only to the functions of zarr.crud",
            KEY,
            given,
        )
