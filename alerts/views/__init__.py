"""Pages about alerts and mails alone."""
