"""Engine options that one array was given in its configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from zarr.core.config import config as zarr_config

if TYPE_CHECKING:
    from zarr._engine.options.fields import EngineOptions
    from zarr.core.array_spec import ArrayConfig
    from zarr.crud._errors import UnsupportedError
    from zarr.crud._options import Options


type EngineOptionsLike = OwnOptions | EngineOptions | Options
"""The type of `config={"engine_options": ...}`; an `Options` object sets every field."""

SHARED: Final[Mapping[str, str]] = {
    "missing_chunks": "read_missing_chunks",
    "write_empty_chunks": "write_empty_chunks",
    "coalesce_max_gap": "sharding_coalesce_max_gap_bytes",
    "coalesce_max_bytes": "sharding_coalesce_max_bytes",
}
"""The options that zarr-python has under another name, which arrays have as well."""


class OwnOptions(Mapping[str, Any]):
    """What an array was given: options, and settings of zarr-python that have the same meaning."""

    __slots__ = ("_given", "settings")

    def __init__(
        self, given: Mapping[str, Any] | None = None, settings: frozenset[str] = frozenset()
    ) -> None:
        self._given = dict(given or {})
        self.settings = settings

    def __getitem__(self, name: str) -> Any:
        return self._given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    # Equality is that of mappings: it ignores whether a setting was given or configured.
    def __hash__(self) -> int:
        return hash(frozenset(self._given.items()))

    def __repr__(self) -> str:
        return repr(self._given)

    def __reduce__(self) -> tuple[Any, ...]:
        return OwnOptions, (self._given, self.settings)


NONE_GIVEN: Final = OwnOptions()
"""For an array whose configuration was read from a mapping that named no option."""

UNSET: Final = OwnOptions()
"""For a configuration object that is constructed directly, and names no options."""

KNOWN: Final = "_engine_options_known"
"""The attribute of a configuration object that caches its last resolved options."""


def as_option(option: str, value: Any) -> Any:
    """Return a setting of zarr-python as the equivalent option of `SHARED`."""
    if option == "missing_chunks":
        return "fill" if value else "error"
    return value


def given_by(data: Any, before: OwnOptions = NONE_GIVEN) -> OwnOptions:
    """Return the options that an array's configuration mapping gives, added to those given before.

    Raises
    ------
    TypeError, ValueError
        An option is unknown or has an invalid value, or it is given under both of its names with
        different meanings.
    """
    options = data.get("engine_options", {})
    if isinstance(options, OwnOptions):
        # Copied from another configuration object, with everything else in it.
        return options
    if options in (None, {}) and data.keys().isdisjoint(SHARED.values()):
        return NONE_GIVEN if options is None else before
    new = {} if options is None else _checked(options)
    given = {} if options is None else {**before, **new}
    settings = set(before.settings)
    for option, setting in SHARED.items():
        named = new.get(option)
        if named is not None:
            settings.discard(setting)
        if setting not in data:
            continue
        if named is None:
            given.pop(option, None)
            settings.add(setting)
        elif named != as_option(option, data[setting]):
            raise ValueError(
                f"{setting}={data[setting]!r} contradicts {option}={named!r} in engine_options; "
                "pass one"
            )
    return OwnOptions({n: v for n, v in given.items() if v is not None}, frozenset(settings))


def own_options(given: EngineOptionsLike | None, config: ArrayConfig) -> OwnOptions:
    """Return the options that a new configuration object carries."""
    if isinstance(given, OwnOptions) and given is not UNSET:
        return given
    configured = zarr_config.config["array"]
    # In an object that is constructed directly, a value that differs from the configuration was
    # given.
    settings = (s for s in SHARED.values() if getattr(config, s) != configured.get(s))
    return OwnOptions(given_by({"engine_options": given}), frozenset(settings))


def _checked(options: Any) -> dict[str, Any]:
    from zarr._engine.options.checks import checked

    return checked(options, "engine_options", "the engine option {}")


def takes_no_options() -> UnsupportedError:
    """The error for options that zarr-python's own path would ignore."""
    from zarr.crud._errors import UnsupportedError

    return UnsupportedError(
        "the engine 'zarr', which is zarr-python's own path, takes no engine_options; choose "
        "another engine, as by engine='zarrs', or leave them out, as by engine_options=None"
    )
