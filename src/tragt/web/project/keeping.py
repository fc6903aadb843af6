"""What is kept between requests: files in the home, and memory while the disk takes none."""

import pickle
from typing import Any

from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache

__all__ = ["HomeCache"]

LARGEST_BYTES = 10_000
LONGEST_SECONDS = 600
_NOTHING = object()


class HomeCache(FileBasedCache):
    """Files; small things that the disk refuses stay in this process for minutes, so that signing in still works."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(location, params)
        self._memory = LocMemCache(f"beside {location}", {"timeout": LONGEST_SECONDS})

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """What is kept; what stands in memory is newer than what stands in a file."""
        found = self._memory.get(key, _NOTHING, version)
        return super().get(key, default, version) if found is _NOTHING else found

    def set(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> None:
        """Keep something.

        Raises:
            OSError: The disk refuses it, and it is too large for memory.
        """
        try:
            super().set(key, value, timeout, version)
        except OSError:
            if len(pickle.dumps(value)) > LARGEST_BYTES:
                raise
            self._memory.set(key, value, LONGEST_SECONDS, version)
        else:
            self._memory.delete(key, version)

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Forget something."""
        self._memory.delete(key, version)
        return bool(super().delete(key, version))

    def clear(self) -> None:
        """Forget everything."""
        self._memory.clear()
        super().clear()
