"""Objects of declared classes, taken apart into plain data and put together again.

Nothing of a class runs on the way: no constructor, no validator. What a validator does to its
input twice (hashing a password, say) would otherwise change a value each time it is loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from enum import Enum, Flag
from typing import TYPE_CHECKING, Any, Final

from graphcli.dataclass import fields, is_dataclass
from graphcli.errors import StorageVersionError

if TYPE_CHECKING:
    from dataclasses import Field

#: LangChain's own messages need no declaration. Only these are ever looked up.
_MESSAGES: Final = frozenset(
    kind + suffix
    for kind in ("AI", "Human", "System", "Tool", "Function", "Chat", "Remove")
    for suffix in ("Message", "MessageChunk")
)


class Unknown(dict[str, Any]):
    """An object whose class is not declared here: its fields, and what writes it back unchanged.

    `tag` and `name` say what it was; a graph that declares the class gets the object itself.
    """

    def __init__(self, tag: int, name: str, fields: Mapping[str, Any], rest: list[Any]) -> None:
        super().__init__(fields)
        self.tag = tag
        self.name = name
        self.rest = rest


def class_name(cls: type) -> str:
    """Return the name under which objects of `cls` are stored."""
    return f"{cls.__module__}:{cls.__qualname__}"


class Registry:
    """The classes that a graph declares: only these are stored and put together again."""

    def __init__(self, classes: Iterable[type] = ()) -> None:
        self._classes: dict[str, type] = {}
        self.register(classes)

    def register(self, classes: Iterable[type]) -> bool:
        """Declare `classes`, and return whether one was new.

        What is no enum, dataclass or pydantic model is passed over.
        """
        new = {class_name(cls): cls for cls in classes if is_kind(cls) and cls not in self}
        self._classes |= new
        return bool(new)

    def __contains__(self, cls: type) -> bool:
        return self._classes.get(class_name(cls)) is cls

    def find(self, name: str) -> type | None:
        """Return the declared class of that stored name.

        A file loaded in another way gives its module another name (`__main__`, say), so a class
        is also found by the rest of its name, where only one declared class has it.
        """
        if (exact := self._classes.get(name)) is not None:
            return exact
        own = name.partition(":")[2]
        near = [cls for known, cls in self._classes.items() if known.partition(":")[2] == own]
        return near[0] if len(near) == 1 else None


def is_kind(cls: type) -> bool:
    """Return whether objects of `cls` could be stored if it were declared."""
    return issubclass(cls, Enum) or is_dataclass(cls) or is_model(cls)


def is_model(cls: type) -> bool:
    """Return whether `cls` is a pydantic model, without importing pydantic."""
    module = sys.modules.get("pydantic")
    return module is not None and issubclass(cls, module.BaseModel)


def is_message(value: object) -> bool:
    """Return whether `value` is one of LangChain's messages, without importing LangChain."""
    name = type(value).__name__
    return name in _MESSAGES and _message_class(name) is type(value)


def message_class(name: str) -> type | None:
    """Return LangChain's message class of that name, if LangChain is loaded."""
    return _message_class(name) if name in _MESSAGES else None


def _message_class(name: str) -> type | None:
    module = sys.modules.get("langchain_core.messages")
    return getattr(module, name, None)


def enum_parts(value: Enum) -> dict[str, Any]:
    """Return an enum member as its name and, for those who do not know it, a plain value."""
    plain = value.value if type(value.value) in (str, int, float, bool) else None
    return {"name": value.name, "value": plain}


def build_enum(cls: type[Enum], parts: dict[str, Any]) -> Enum:
    """Return the member of `cls`.

    Raises:
        StorageVersionError: the class has lost it.
    """
    if (member := cls.__members__.get(parts["name"])) is not None:
        return member
    if issubclass(cls, Flag):
        return cls(parts["value"])
    raise _misfit(cls, f"the member `{parts['name']}`")


def dataclass_parts(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass object that have a value."""
    names = [field.name for field in fields(value)]
    return {name: getattr(value, name) for name in names if hasattr(value, name)}


def build_dataclass(cls: Any, parts: dict[str, Any]) -> Any:
    """Return an object of `cls` with the fields `parts`; new fields take their default.

    Raises:
        StorageVersionError: the class has lost a field, or has a new one without a default.
    """
    known = {field.name: field for field in fields(cls)}
    for name in parts.keys() - known.keys():
        raise _misfit(cls, f"the field `{name}`")
    made = object.__new__(cls)
    for name, field in known.items():
        value = parts[name] if name in parts else _default(cls, field)
        object.__setattr__(made, name, value)
    return made


def _default(cls: type, field: Field[Any]) -> Any:
    # Deferred: it imports `inspect`.
    from dataclasses import MISSING

    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    raise _lacks(cls, field.name)


def model_parts(value: Any) -> list[Any]:
    """Return a pydantic model as [fields, extra, names given, private attributes]."""
    cls = type(value)
    fields = {name: item for name, item in value.__dict__.items() if name in cls.model_fields}
    private = value.__pydantic_private__ or {}
    unset = sys.modules["pydantic_core"].PydanticUndefined
    return [
        fields,
        value.__pydantic_extra__,
        sorted(value.__pydantic_fields_set__),
        {name: item for name, item in private.items() if item is not unset},
    ]


def build_model(cls: Any, parts: list[Any]) -> Any:
    """Return a pydantic model of `cls`; new fields take their default.

    Raises:
        StorageVersionError: the class has lost a field, or has a new one without a default.
    """
    fields, extra, given, private = parts
    for name in fields.keys() - cls.model_fields.keys():
        raise _misfit(cls, f"the field `{name}`")
    for name, field in cls.model_fields.items():
        if name not in fields:
            if field.is_required():
                raise _lacks(cls, name)
            fields[name] = field.get_default(call_default_factory=True)
    made = cls.__new__(cls)
    made.__setstate__(
        {
            "__dict__": fields,
            "__pydantic_extra__": extra,
            "__pydantic_fields_set__": set(given),
            "__pydantic_private__": _private(cls, private),
        }
    )
    return made


def _private(cls: Any, stored: dict[str, Any]) -> dict[str, Any] | None:
    declared = cls.__private_attributes__
    if not declared:
        return None
    return {name: attribute.get_default() for name, attribute in declared.items()} | stored


def _misfit(cls: type, what: str) -> StorageVersionError:
    return StorageVersionError(
        f"a stored `{cls.__name__}` has {what}, which the class no longer has",
        "bring it back in the graph's code, or go on with the code that stored it",
    )


def _lacks(cls: type, name: str) -> StorageVersionError:
    return StorageVersionError(
        f"a stored `{cls.__name__}` has no field `{name}`, which the class now asks for",
        "give the new field a default, or go on with the code that stored it",
    )
