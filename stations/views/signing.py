"""Coming in, going out, and in which language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from stations.models import Person

ONE_YEAR = 365 * 24 * 3600
LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


@method_decorator(never_cache, name="dispatch")
class SignIn(LoginView):
    """The door for people. On a demonstration it shows who may be tried."""

    redirect_authenticated_user = True
    demo_logins: Callable[[], list[dict[str, str]]] = list

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        """With the logins of a demonstration."""
        return super().get_context_data(demo_logins=self.demo_logins(), **given)

    def form_valid(self, form: Any) -> HttpResponse:
        """In; from here on in the person's own language."""
        response = super().form_valid(form)
        remember_language(response, form.get_user().language)
        return response


def remember_language(response: HttpResponseBase, language: str) -> None:
    """Keeps the language in this browser."""
    if language in LANGUAGES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=ONE_YEAR,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )


@require_POST
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Another language, from now on; a person's mails come in it too."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in LANGUAGES:
        Person.objects.filter(pk=request.user.pk).exclude(language=chosen).update(language=chosen)
    return set_language(request)
