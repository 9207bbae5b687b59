"""Every fault of a server or network, in every verb, with every engine and way to the server.

`./dev test-faults` runs all cells; `./dev test` runs some of each fault. What a cell may be is in
`test_cells.py`: the right result, or an error of a known class that names a key, and stored values
that are the old or the new ones.
"""
