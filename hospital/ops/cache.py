"""The cache that processes share, which they can do without."""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

ASK_AGAIN_AFTER: Final = 5.0
"""Seconds for which a lost Redis is not asked again: each try may take a second."""


class SpareableRedisCache(RedisCache):
    """Redis while it answers, the memory of this process while it does not.

    It counts tries to sign in. With Redis lost each process counts for itself: a few
    more tries pass, and nobody is kept out.
    """

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._own = LocMemCache("without-redis", {"KEY_PREFIX": self.key_prefix})
        self._lost_until = float("-inf")

    def add(self, key: Any, value: Any, *args: Any, **options: Any) -> bool:
        return bool(self._ask(super().add, self._own.add, key, value, *args, **options))

    def get(self, key: Any, *args: Any, **options: Any) -> Any:
        return self._ask(super().get, self._own.get, key, *args, **options)

    def set(self, key: Any, value: Any, *args: Any, **options: Any) -> None:
        self._ask(super().set, self._own.set, key, value, *args, **options)

    def delete(self, key: Any, *args: Any, **options: Any) -> bool:
        return bool(self._ask(super().delete, self._own.delete, key, *args, **options))

    def _ask(
        self,
        shared: Callable[..., Any],
        own: Callable[..., Any],
        *args: Any,
        **rest: Any,
    ) -> Any:
        if monotonic() >= self._lost_until:
            try:
                return shared(*args, **rest)
            except (RedisError, OSError) as error:
                logger.warning(
                    "Redis lost, tries to sign in are counted here: %s", error
                )
                self._lost_until = monotonic() + ASK_AGAIN_AFTER
        return own(*args, **rest)
