"""Who looks at the page."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from stations.models import Person


def person_of(request: HttpRequest) -> Person:
    """The person who signed in; for views behind `login_required` only."""
    return cast("Person", request.user)
