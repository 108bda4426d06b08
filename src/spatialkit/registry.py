"""Named plug-ins: built in, registered by third parties through entry points, or passed as objects."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Generic, TypeVar

from spatialkit.errors import DuplicateName, UnknownName

__all__ = ["Registry", "home_of"]

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """A mapping from name to plug-in that loads the built-in ones and entry points on first use.

    Parameters
    ----------
    kind
        What the names are names of; used in error messages.
    builtin
        Called once, before the first look-up; imports the modules that register the built-in plug-ins and returns
        them in the order in which these are to be listed, whichever was imported first.
    group
        Entry point group; each entry point is loaded after the built-in ones and must register itself on import.
    """

    def __init__(self, kind: str, *, builtin: Callable[[], Sequence[ModuleType] | None], group: str) -> None:
        self.kind = kind
        self._builtin = builtin
        self._group = group
        self._items: dict[str, T] = {}
        self._homes: dict[str, str] = {}
        self._loaded = False

    def add(self, name: str, item: T, *, home: str) -> None:
        """Register ``item`` as ``name``; ``home`` is the file that defines it.

        Raises
        ------
        DuplicateName
            When another file has registered that name.
        """
        if name in self._items and self._homes[name] != home:
            raise DuplicateName(f"{self.kind} {name!r} is defined twice: in {self._homes[name]} and in {home}")
        self._items[name] = item
        self._homes[name] = home

    def _load(self) -> None:
        if self._loaded:
            return
        from importlib.metadata import entry_points  # slow to import, and seldom needed

        self._loaded = True
        try:
            modules = self._builtin() or ()
            for point in entry_points(group=self._group):
                point.load()
        except BaseException:
            self._loaded = False
            raise
        place = {module.__file__: i for i, module in enumerate(modules)}
        self._items = dict(sorted(self._items.items(), key=lambda item: place.get(self._homes[item[0]], len(place))))

    def __getitem__(self, name: str) -> T:
        self._load()
        try:
            return self._items[name]
        except KeyError:
            raise UnknownName(self.kind, name, self._items) from None

    def __contains__(self, name: object) -> bool:
        self._load()
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(self._items)

    def __len__(self) -> int:
        self._load()
        return len(self._items)


def home_of(item: type | Callable[..., object]) -> str:
    """Return the file that defines ``item``, for error messages."""
    try:
        return inspect.getfile(item)
    except (OSError, TypeError):
        return f"<{item.__module__}>"
