"""What `app/mixins.py` prints."""

from __future__ import annotations

from dataclasses import dataclass

from ..language.spec import Mixin
from .columns import Column, Imports, column


@dataclass(frozen=True)
class MixinClass:
    mixin: Mixin

    @property
    def name(self) -> str:
        return self.mixin.name

    @property
    def columns(self) -> list[Column]:
        return [column(field, numbered=not field.key) for field in self.mixin.fields]


def mixin_imports(mixins: list[Mixin]) -> Imports:
    return Imports([field.type for mixin in mixins for field in mixin.fields])
