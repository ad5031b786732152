"""The small province of the screens, and how an officer fills in the forms of the rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.screens.conftest import Province, data_dir, feed, province

__all__ = ["Province", "data_dir", "feed", "province"]

Fill = Callable[..., Any]


@pytest.fixture
def officer(province: Province) -> Client:
    """An officer of the department, who keeps the rules of the whole province."""
    return province.client("canbo")


def fingerprint(page: str) -> str:
    """What the preview on a page has foreseen."""
    found = re.search(r'name="foreseen"\s+value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


def save(client: Client, address: str, told: dict[str, Any], **more: Any) -> Any:
    """Looks first, then saves what was shown."""
    shown = client.post(address, {**told, "step": "look"})
    assert shown.status_code == 200, shown
    page = shown.content.decode()
    return client.post(
        address, {**told, "past": "now", **more, "step": "save", "foreseen": fingerprint(page)}
    )
