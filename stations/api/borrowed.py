"""Sentences of Django REST framework that it does not have in Vietnamese.

They are said here so that our catalogue gathers and translates them; Django looks there first.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

BORROWED = (
    gettext_noop("Authentication credentials were not provided."),
    gettext_noop("This field is required."),
    gettext_noop('"{input}" is not a valid choice.'),
    gettext_noop("A valid integer is required."),
    gettext_noop("A valid number is required."),
    gettext_noop("Ensure this value is less than or equal to {max_value}."),
    gettext_noop("Ensure this value is greater than or equal to {min_value}."),
    gettext_noop("Must be a valid boolean."),
    gettext_noop("This value does not match the required pattern."),
    gettext_noop('Unsupported media type "{media_type}" in request.'),
    gettext_noop("Malformed request."),
    gettext_noop("Ensure this field has no more than {max_length} characters."),
)
