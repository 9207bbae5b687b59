"""What `zarr` itself exports of this package.

`zarr` imports this module after upstream's functions are defined. The module shows the keyword
`engine` in those that accept it in their `**kwargs`.
"""

from zarr._engine.engines.names import list_engines
from zarr._engine.keyword.docstrings import shows_engine
from zarr._engine.keyword.groups import FILLED
from zarr.api import asynchronous, synchronous

for _module in (asynchronous, synchronous):
    for _name in FILLED:
        shows_engine(getattr(_module, _name))

__all__ = ["list_engines"]
