"""Pages that need the register alone, and what the pages of all rooms share."""
