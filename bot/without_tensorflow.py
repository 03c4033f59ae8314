"""Lets Rasa start without loading TensorFlow, which no component of ours uses.

Rasa imports all its stock components, TensorFlow ones included, whenever it starts: 7 seconds and 300 MB. Rasa only
needs their classes to exist. :func:`install` answers ``import tensorflow`` with empty types; whoever tries to *use*
one of them gets a clear error. Never installed where the stock recipe is trained for comparison.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from types import ModuleType
from typing import Any, ClassVar

ABSENT_PACKAGES = frozenset({"tensorflow", "tensorflow_text", "tensorflow_hub", "keras"})


class TensorFlowNotLoaded(RuntimeError):
    """Something asked TensorFlow to work in a process that runs without it."""


class _AbsentType(type):
    """Type of every absent name: it can be inherited from and annotated with, and read for further names."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(f"{cls.__module__}.{name}")

    def __or__(cls, other: Any) -> Any:
        return Any

    __ror__ = __or__

    def __getitem__(cls, item: Any) -> Any:
        return cls


def _absent(name: str) -> Any:
    def refuse(self: Any, *args: Any, **kwargs: Any) -> None:
        # `@tf.function` and other decorators receive the function they decorate: they may pass.
        if not (len(args) == 1 and callable(args[0])):
            raise TensorFlowNotLoaded(f"{name}: this process runs without TensorFlow")

    return _AbsentType(name.rpartition(".")[2], (), {"__module__": name, "__init__": refuse})


class _AbsentModule(ModuleType):
    __path__: ClassVar[list[str]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(f"{self.__name__}.{name}")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in ABSENT_PACKAGES:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _AbsentModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        return None


def install() -> None:
    """Make later imports of TensorFlow cost nothing. Does nothing when TensorFlow is already loaded."""
    if "tensorflow" not in sys.modules:
        sys.meta_path.insert(0, _Finder())
