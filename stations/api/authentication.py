"""People of the HTTP API: `Authorization: Token …`, checked by its keyed digest."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from stations.models import Person, Token
from stations.services.accounts import token_of

SCHEME = "Token"


def bearer_token(request: Request) -> str | None:
    """The token of the request's header; None without one. Refuses a header that is damaged."""
    scheme, _space, token = get_authorization_header(request).strip().partition(b" ")
    if scheme.lower() != SCHEME.lower().encode():
        return None
    try:
        return token.strip().decode("ascii")
    except UnicodeDecodeError as error:
        raise unknown_token() from error


def unknown_token() -> AuthenticationFailed:
    """401: nobody has this token, or it has expired."""
    return AuthenticationFailed(_("This token is not known here, or it has expired."))


class PersonTokenAuthentication(BaseAuthentication):
    """A person's token, not expired. A station's token sends files and reads nothing."""

    def authenticate(self, request: Request) -> tuple[Person, Token] | None:
        """The person of the token; None where the request has none."""
        secret = bearer_token(request)
        if secret is None:
            return None
        token = token_of(secret)
        if token is None:
            raise unknown_token()
        if token.person is None:
            raise PermissionDenied(_("A station's token only sends files."))
        if not token.person.is_active:
            raise AuthenticationFailed(_("This person may no longer sign in."))
        return token.person, token

    def authenticate_header(self, request: Request) -> str:
        """How to prove oneself, told with a 401."""
        return SCHEME


class PersonTokenScheme(OpenApiAuthenticationExtension):
    """The token in the description of the API."""

    target_class = PersonTokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """As OpenAPI writes it."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Token …",
        }
