"""Dataclasses, at a tenth of what the standard library's cost a start.

That one compiles every method of every class as it is made, and imports `inspect` for it: a
quarter of a start, which makes eighty classes and uses half of them. Here `__init__` is compiled
for the first object, and the other methods read the names of the fields. A class is a dataclass
to everybody else all the same: what the standard library keeps in one, it makes when it is asked.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing has it as well, for half the cost of starting Python.
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
    from dataclasses import dataclass as value
    from typing import Any

__all__ = ["asdict", "dataclass", "field", "fields", "is_dataclass", "replace", "value"]

#: Where no default is given, and where one is made anew for each object.
_NONE = object()
_MADE = object()

#: What the standard library keeps in a dataclass.
_DESCRIPTIONS = ("__dataclass_fields__", "__dataclass_params__")


class _Field:
    """What is said of a field besides its name and type."""

    __slots__ = ("compare", "default", "factory", "init", "kw_only", "type")

    def __init__(
        self, default: Any, factory: Any = _NONE, *, compare: bool, kw_only: bool, init: bool
    ) -> None:
        self.default, self.factory = default, factory
        self.compare, self.kw_only, self.init = compare, kw_only, init
        self.type: Any = None

    def said(self) -> dict[str, Any]:
        """Return the arguments of the standard library's `field` for this one."""
        given = {"default": self.default, "default_factory": self.factory}
        given = {name: given for name, given in given.items() if given is not _NONE}
        return {**given, "compare": self.compare, "kw_only": self.kw_only, "init": self.init}


class _Later:
    """An attribute of a class that is made when it is first looked at.

    It is told its name, for Python 3.11 makes a RuntimeError of a Ctrl-C inside `__set_name__`.
    """

    __slots__ = ("make", "name")

    def __init__(self, name: str, make: Callable[[Any], Any]) -> None:
        self.name, self.make = name, make

    def __get__(self, thing: Any, kind: type) -> Any:
        home = next((base for base in kind.__mro__ if vars(base).get(self.name) is self), None)
        if home is not None:  # else another thread has just made it
            setattr(home, self.name, self.make(home))
        return getattr(kind if thing is None else thing, self.name)


def _made(cls: Any, shape: Mapping[str, bool]) -> Any:
    """Return `cls` anew: slots have to be there when a class is made."""
    own = {k: v for k, v in vars(cls).items() if k not in ("__dict__", "__weakref__")}
    known = dict(_fields_of(cls, own, kw_only=shape["kw_only"]))
    for name, each in known.items():
        own.pop(name, None)
        if not shape["slots"] and each.default is not _NONE:
            own[name] = each.default
    if shape["slots"]:
        own["__slots__"] = tuple(known)
    made = type(cls)(cls.__name__, cls.__bases__, {**_methods(known, shape), **own})
    made.__qualname__ = cls.__qualname__
    return made


def _fields_of(cls: type, own: Mapping[str, Any], *, kw_only: bool) -> Iterator[tuple[str, _Field]]:
    for name, type_ in cls.__annotations__.items():
        if str(type_).startswith("ClassVar"):
            continue
        given = own.get(name, _NONE)
        plain = not isinstance(given, _Field)
        each = _Field(given, compare=True, kw_only=False, init=True) if plain else given
        each.type, each.kw_only = type_, each.kw_only or kw_only
        yield name, each


def _methods(known: Mapping[str, _Field], shape: Mapping[str, bool]) -> dict[str, Any]:
    names = tuple(known)
    compared = [name for name in names if known[name].compare]

    def key(thing: Any) -> tuple[Any, ...]:
        return tuple([getattr(thing, name) for name in compared])

    def equal(self: Any, other: Any) -> Any:
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(key(self))

    def shown(self: Any) -> str:
        said = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({said})"

    return {
        "__init__": _Later("__init__", lambda cls: _init(cls, frozen=shape["frozen"])),
        "__eq__": equal,
        "__hash__": hashed if shape["frozen"] or shape["unsafe_hash"] else None,
        **({"__repr__": shown} if shape["repr"] else {}),
        "__match_args__": tuple(n for n in names if known[n].init and not known[n].kw_only),
        "__value_fields__": known,
        **{name: _Later(name, _described(name, shape)) for name in _DESCRIPTIONS},
        **(_frozen(names) if shape["frozen"] else {}),
    }


def _described(name: str, shape: Mapping[str, bool]) -> Callable[[Any], Any]:
    return lambda cls: getattr(_twin(cls, shape), name)


def _frozen(names: tuple[str, ...]) -> dict[str, Any]:
    """What keeps an object as it is, and lets it be copied all the same."""

    def change(self: Any, name: str, *given: Any) -> None:
        # A class that is derived from this one may have more, which is not frozen.
        if name in names or "__value_fields__" in vars(type(self)):
            raise _refusal(f"cannot {'assign to' if given else 'delete'} field {name!r}")
        (object.__setattr__ if given else object.__delattr__)(self, name, *given)

    def taken(self: Any) -> list[Any]:
        return [getattr(self, name) for name in names]

    def put(self: Any, state: list[Any]) -> None:
        for name, given in zip(names, state, strict=True):
            object.__setattr__(self, name, given)

    kept = {"__setattr__": change, "__delattr__": change}
    return {**kept, "__getstate__": taken, "__setstate__": put}


def _refusal(message: str) -> AttributeError:
    # Deferred: only a bug needs it, and it imports `inspect`.
    from dataclasses import FrozenInstanceError

    return FrozenInstanceError(message)


def _init(cls: Any, *, frozen: bool) -> Any:
    """Compile `__init__`: as fast as one that was written by hand."""
    known: Mapping[str, _Field] = cls.__value_fields__
    given = {name: each for name, each in known.items() if each.init}
    parts = [name for name, each in given.items() if not each.kw_only]
    named = [name for name, each in given.items() if each.kw_only]
    head = [_parameter(name, known[name]) for name in parts]
    head += ["*", *(_parameter(name, known[name]) for name in named)] if named else []
    body = [_assigned(name, known[name], frozen=frozen) for name in given] or ["pass"]
    body += ["self.__post_init__()"] if hasattr(cls, "__post_init__") else []
    source = f"def __init__({', '.join(['self', *head])}):\n  " + "\n  ".join(body)
    space: dict[str, Any] = {"_set": object.__setattr__, "_MADE": _MADE}
    space |= {f"_default_{name}": each.default for name, each in known.items()}
    space |= {f"_make_{name}": each.factory for name, each in known.items()}
    exec(source, space)  # noqa: S102 - names of fields alone, which are identifiers.
    made = space["__init__"]
    made.__qualname__, made.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    made.__annotations__ = {**{name: each.type for name, each in given.items()}, "return": None}
    return made


def _parameter(name: str, each: _Field) -> str:
    if each.factory is not _NONE:
        return f"{name}=_MADE"
    return name if each.default is _NONE else f"{name}=_default_{name}"


def _assigned(name: str, each: _Field, *, frozen: bool) -> str:
    given = name if each.factory is _NONE else f"_make_{name}() if {name} is _MADE else {name}"
    return f"_set(self, {name!r}, {given})" if frozen else f"self.{name} = {given}"


def _twin(cls: Any, shape: Mapping[str, bool]) -> Any:
    """Return a class with the same fields as the standard library makes it."""
    # Deferred: it imports `inspect`, and few commands need either.
    import dataclasses

    known: Mapping[str, _Field] = cls.__value_fields__
    described = [(n, each.type, dataclasses.field(**each.said())) for n, each in known.items()]
    make: Any = dataclasses.make_dataclass
    return make(cls.__name__, described, **shape)


if not TYPE_CHECKING:  # for mypy they are the standard library's

    def dataclass(
        *,
        frozen: bool = False,
        slots: bool = False,
        kw_only: bool = False,
        repr: bool = True,  # noqa: A002 - the standard library's name.
        unsafe_hash: bool = False,
    ) -> Callable[[type], type]:
        """Make a class with these fields, as the standard library's does."""
        shape = {"frozen": frozen, "slots": slots, "kw_only": kw_only, "repr": repr}
        shape["unsafe_hash"] = unsafe_hash
        return lambda cls: _made(cls, shape)

    def value(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """Make a dataclass of which a superstep makes many: only mypy keeps it frozen.

        To check it again makes the making take five times as long, a sixth of a superstep.
        """
        return dataclass(slots=slots, unsafe_hash=frozen)

    def field(
        *,
        default: Any = _NONE,
        default_factory: Any = _NONE,
        compare: bool = True,
        kw_only: bool = False,
        init: bool = True,
    ) -> _Field:
        """Say what is special about a field; without `init`, `__post_init__` sets it."""
        return _Field(default, default_factory, compare=compare, kw_only=kw_only, init=init)

    def replace(thing: Any, /, **changes: Any) -> Any:
        """Return `thing`, an object of a class that was made here, with some fields changed."""
        cls = thing.__class__
        for name, each in cls.__value_fields__.items():
            if each.init and name not in changes:
                changes[name] = getattr(thing, name)
        return cls(**changes)

    def is_dataclass(thing: Any) -> bool:
        """Return whether this is a dataclass, of the user's too, or an object of one."""
        return hasattr(thing if isinstance(thing, type) else type(thing), "__dataclass_fields__")

    def fields(thing: Any) -> tuple[Any, ...]:
        """Return the fields of a dataclass, of the user's too."""
        # Deferred: it imports `inspect`.
        import dataclasses

        return dataclasses.fields(thing)

    def asdict(thing: Any) -> dict[str, Any]:
        """Return a dataclass, of the user's too, as a dict of deep copies."""
        # Deferred: it imports `inspect`.
        import dataclasses

        return dataclasses.asdict(thing)
