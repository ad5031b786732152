"""The places of the desk, in the order of the work."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

GROUPS = (
    (
        _("Watched"),
        (
            ("factory", "facility"),
            ("sensors", "station"),
            ("cable", "channel"),
            ("engineering", "operator"),
        ),
    ),
    (
        _("Who answers"),
        (
            ("account_balance", "agency"),
            ("person", "person"),
            ("map", "unit"),
            ("domain", "zone"),
        ),
    ),
    (
        _("Rules"),
        (
            ("gavel", "edition"),
            ("menu_book", "regulation"),
            ("description", "document"),
            ("workspace_premium", "permit"),
            ("tune", "rulesetting"),
            ("air", "indextable"),
            ("science", "parameter"),
            ("straighten", "unitofmeasure"),
            ("swap_horiz", "unitconversion"),
        ),
    ),
    (_("Machines"), (("dns", "ftpaccount"), ("key", "token"))),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of links, as the theme takes them."""
    from django.apps import apps

    return [
        {
            "title": title,
            "separator": True,
            "items": [
                {
                    "title": _capitalised(apps.get_model("stations", name)),
                    "icon": icon,
                    "link": reverse_lazy(f"admin:stations_{name}_changelist"),
                }
                for icon, name in places
            ],
        }
        for title, places in GROUPS
    ]


def _capitalised(model: Any) -> str:
    name = str(model._meta.verbose_name_plural)
    return name[:1].upper() + name[1:]
