"""The cache: a help, never a need. Without Redis pages are slower, not broken."""

from __future__ import annotations

from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


class ForgivingRedisCache(RedisCache):
    """Answers "not there" while Redis cannot be reached."""

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The kept value, else the default."""
        try:
            return super().get(key, default, version)
        except RedisError as error:
            return _without(error, default)

    def set(self, key: str, value: Any, timeout: Any = 300, version: int | None = None) -> None:
        """Keeps the value for so many seconds."""
        try:
            super().set(key, value, timeout, version)
        except RedisError as error:
            _without(error, None)

    def add(self, key: str, value: Any, timeout: Any = 300, version: int | None = None) -> bool:
        """Keeps the value unless there is one; true when it was kept."""
        try:
            return bool(super().add(key, value, timeout, version))
        except RedisError as error:
            return bool(_without(error, True))

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forgets the value; true when there was one."""
        try:
            return bool(super().delete(key, version))
        except RedisError as error:
            return bool(_without(error, False))


def _without(error: RedisError, answer: Any) -> Any:
    log.warning("cache_unreachable", reason=str(error))
    return answer
