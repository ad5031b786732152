"""The outermost room: settings, addresses, processes. Everything may be imported from here,
and nothing imports it."""
