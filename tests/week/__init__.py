"""A province that sends for a week, what must come of it by judging.md alone, and what came.

`province` and `stories` say who sends what, `stream` what arrives and when, `truth` what alerts
that makes, `playing` what the program makes of it.
"""
