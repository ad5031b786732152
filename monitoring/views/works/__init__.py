"""Announced work and stops: the list, the form, and the page of one."""
