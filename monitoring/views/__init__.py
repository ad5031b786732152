"""Pages that show readings, verdicts, files and links."""
