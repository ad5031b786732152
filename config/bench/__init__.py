"""How fast the flow is, measured on this machine in databases of its own.

Speeds are told as ratios to what the database alone takes for the same rows, so that a slow
machine and a fast one can be compared; only what people wait for is told in seconds.
"""
