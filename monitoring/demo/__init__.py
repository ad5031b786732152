"""The demonstration province: its register, what its stations measure, and their loggers.

Nothing here touches the database. The loggers are honest clients from outside; the history goes in
by the same command that an officer would use.
"""
