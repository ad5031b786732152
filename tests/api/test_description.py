"""The description of the API and its page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver


def test_the_schema_is_made_without_a_warning(tmp_path: Any) -> None:
    call_command(
        "spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml")
    )


@pytest.mark.django_db
def test_the_page_runs_no_script_of_its_own() -> None:
    answer = Client().get("/api/docs/")
    assert answer.status_code == 200
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", answer.content.decode(), re.DOTALL)
    assert scripts
    assert all("src=" in attributes and not text.strip() for attributes, text in scripts)
    assert "unsafe-inline" not in script_rule(answer["Content-Security-Policy"])
    sources = re.findall(r'(?:src|href)="([^"]+)"', answer.content.decode())
    assert all(source.startswith("/") for source in sources)


def script_rule(policy: str) -> str:
    return next(rule for rule in policy.split(";") if rule.strip().startswith("script-src"))


@pytest.mark.django_db
def test_the_schema_is_there_to_be_read() -> None:
    answer = Client().get("/api/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    assert answer.status_code == 200
    assert "/api/v1/stations/{code}/series/" in answer.json()["paths"]


def test_every_address_of_the_api_ends_in_a_slash() -> None:
    found = [str(pattern.pattern) for pattern in get_resolver("config.api").url_patterns]
    assert found
    assert all(address.endswith("/") for address in found)
