"""Words that the theme says in English only. Named here, so that they are translated with ours."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WORDS = (
    _("Search apps and models..."),
    _("Type to search"),
    _("Filters"),
    _("Reset filters"),
    _("Apply Filters"),
    _("General"),
    _("Add new item"),
    _("Select value"),
    _("Choose file to upload"),
    _("Clear all"),
    _("Clear selection"),
    _("Run"),
    _("Submit"),
    _("Remove"),
    _("Select all rows"),
    _("More actions"),
    _("No results found"),
    _("No results matching your query"),
    _("This page yielded into no results. Create a new item or reset your filters."),
    _("This item will be deleted."),
    _("Recent searches"),
    _("No recent searches"),
    _("Loading more results..."),
    _("Toggle password visibility"),
    _("Return to site"),
    _("Light"),
    _("Dark"),
    _("System"),
    _("Previous"),
    _("Next"),
)
