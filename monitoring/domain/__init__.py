"""The way from readings to verdicts as it stands on paper: no database, no clock of its own."""
