"""What runs underneath: the embedded databases and the supervisor of all processes."""
