"""Duyệt số liệu: what is excluded, who decided it, and the months that are closed."""
