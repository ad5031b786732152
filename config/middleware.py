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
        """On pages only the cookie counts: signing in sets it to the person's own language.

        A program that asks the API has no cookie; what it accepts is what it was told to.
        """
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if chosen not in dict(settings.LANGUAGES):
            asks = request.path_info.startswith("/api/")
            chosen = translation.get_language_from_request(request) if asks else ""
        translation.activate(chosen or settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()
