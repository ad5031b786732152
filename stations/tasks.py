"""What the workers do for the register."""

from __future__ import annotations

from celery import shared_task

from stations.services.grants import rebuild_grants


@shared_task(name="stations.tasks.renew_grants")
def renew_grants() -> int:
    """Bring the grants to the memberships and jurisdictions of today."""
    return rebuild_grants()
