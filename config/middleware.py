"""What is added to every answer."""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

ADMIN = "/admin/"
ADMIN_SCRIPTS = [SELF, UNSAFE_INLINE, UNSAFE_EVAL]


def admin_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Lets the admin's theme run its scripts: Alpine evaluates attributes. Nowhere else."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith(ADMIN):
            response._csp_replace = {"script-src": ADMIN_SCRIPTS}  # type: ignore[attr-defined]
        return response

    return answer


DOOR = "/api/v1/deliveries/"


def no_session_at_the_door(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Drops the cookies of whoever hands over a file: that door opens without the database."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and request.path == DOOR:
            request.COOKIES = {}
        return get_response(request)

    return answer


class ReaderLanguage(LocaleMiddleware):
    """The language that the reader chose here; Vietnamese first, whatever the browser prefers."""

    def process_request(self, request: HttpRequest) -> None:
        """Only the cookie counts: signing in sets it to the person's own language."""
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = dict(settings.LANGUAGES)
        translation.activate(chosen if chosen in known else settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()
