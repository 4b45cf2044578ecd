"""Our dataclasses beside the standard library's: the same to whoever uses one."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from graphcli import dataclass as ours

T = TypeVar("T")
nan = float("nan")
Tool = Any


def classes(tool: Tool) -> dict[str, Any]:
    """Return classes of each shape that is used, made by `tool`: ours, or the standard one."""

    @tool.dataclass(frozen=True, slots=True)
    class Plain:
        a: int
        b: str = "b"

        def twice(self) -> int:
            return self.a * 2

    @tool.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
    class Named(Generic[T]):
        WHERE: ClassVar[str] = "here"
        a: Any = None
        b: Any = ()

        def __repr__(self) -> str:
            return f"<{self.a}>"

    @tool.dataclass(slots=True)
    class Open:
        a: list[int]
        b: dict[str, int] = tool.field(default_factory=dict)
        c: int = tool.field(default=3, compare=False)
        d: int = tool.field(default=4, kw_only=True)

    @tool.dataclass(frozen=True)
    class Loose(Generic[T]):
        a: T
        b: tuple[int, ...] = ()

    @tool.dataclass(slots=True)
    class Nothing:
        pass

    @tool.dataclass(frozen=True, slots=True)
    class Made:
        a: tuple[int, ...]
        known: frozenset[int] = tool.field(init=False)
        b: int = 2

        def __post_init__(self) -> None:
            object.__setattr__(self, "known", frozenset(self.a))

    return {made.__name__: made for made in (Plain, Named, Open, Loose, Nothing, Made)}


OURS, THEIRS = classes(ours), classes(dataclasses)
globals().update({f"Our{name}": made for name, made in OURS.items()})  # pickle looks them up
for _name, _made in OURS.items():
    _made.__qualname__ = f"Our{_name}"


def more_of(made: Any) -> Any:
    return type("More", (made,), {})


def told(use: Callable[[], Any]) -> str:
    """What comes of it, with the names of the two kinds of classes made the same."""
    try:
        said = repr(use())
    except Exception as error:  # noqa: BLE001 - errors are compared, too.
        said = f"{type(error).__name__}: {error}"
    return said.replace("classes.<locals>.", "").replace("Our", "")


USES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "by position": lambda of: of["Plain"](1, "x"),
    "by name": lambda of: of["Plain"](b="x", a=1),
    "too few": lambda of: of["Plain"](),
    "too many": lambda of: of["Plain"](1, "b", 3),
    "unknown": lambda of: of["Plain"](1, c=3),
    "nothing": lambda of: of["Nothing"](),
    "a method": lambda of: of["Plain"](4).twice(),
    "named by position": lambda of: of["Named"](1),
    "named": lambda of: (of["Named"](a=1), of["Named"].WHERE),
    "each has its own": lambda of: of["Open"]([]).b is of["Open"]([]).b,
    "given instead": lambda of: of["Open"]([1], {"x": 1}, 5, d=6),
    "equal": lambda of: of["Plain"](1) == of["Plain"](1, "b"),
    "not equal": lambda of: of["Plain"](1) == of["Plain"](2),
    "another class": lambda of: of["Plain"](1) == of["Loose"](1, "b"),
    "the same not-a-number": lambda of: [of["Loose"](nan)] == [of["Loose"](nan)],
    "not compared": lambda of: of["Open"]([], c=1) == of["Open"]([], c=2),
    "hashed": lambda of: hash(of["Plain"](1)) == hash((1, "b")),
    "made afterwards": lambda of: of["Made"]((1, 1), b=3),
    "made afterwards, given": lambda of: of["Made"]((1, 1), frozenset()),
    "made afterwards, copied": lambda of: copy.copy(of["Made"]((1, 1))).known,
    "not hashed": lambda of: hash(of["Open"]([])),
    "set": lambda of: setattr(of["Plain"](1), "a", 2),
    "delete": lambda of: delattr(of["Plain"](1), "a"),
    "set what is open": lambda of: setattr(of["Open"]([]), "a", 2),
    "set what is not there": lambda of: setattr(of["Open"]([]), "z", 2),
    "no dict": lambda of: vars(of["Plain"](1)),
    "a dict": lambda of: vars(of["Loose"](1)),
    "a default of the class": lambda of: of["Loose"].b,
    "match": lambda of: [made.__match_args__ for made in of.values()],
    "copied": lambda of: [copy.copy(of["Plain"](1)), copy.deepcopy(of["Open"]([1]))],
    "shown": lambda of: of["Open"]([of["Loose"]("x")]),
    "signatures": lambda of: [
        str(inspect.signature(of[name])) for name in ("Plain", "Named", "Loose", "Nothing", "Made")
    ],
    "documented": lambda of: of["Plain"].__module__,
    "standard fields": lambda of: [dataclasses.fields(made) for made in of.values()],
    "standard dict": lambda of: dataclasses.asdict(of["Open"]([1])),
    "standard replace": lambda of: dataclasses.replace(of["Plain"](1), b="x"),
    "standard check": lambda of: [dataclasses.is_dataclass(made) for made in of.values()],
    "derived": lambda of: dataclasses.dataclass(frozen=True)(more_of(of["Plain"]))(1),
    "derived, not frozen": lambda of: dataclasses.dataclass()(more_of(of["Plain"])),
}


def derived(of: dict[str, Any]) -> Any:
    """Return what an object of a derived class holds beside the fields, which stay frozen."""
    thing = more_of(of["Loose"])(1)
    thing.more = 1
    thing.less = 2
    del thing.less
    return vars(thing), thing.a, thing


USES["derived, with more"] = derived
USES["derived, still frozen"] = lambda of: setattr(derived(of)[2], "a", 2)


@pytest.mark.parametrize("use", USES)
def test_ours_do_what_the_standard_ones_do(use: str) -> None:
    assert told(lambda: USES[use](OURS)) == told(lambda: USES[use](THEIRS))


def test_an_object_of_ours_is_pickled() -> None:
    thing = OURS["Plain"](1, "x")
    assert pickle.loads(pickle.dumps(thing)) == thing


def test_a_value_is_hashed_as_a_frozen_one_and_not_guarded_at_run_time() -> None:
    @ours.value(frozen=True, slots=True)
    class Pair:
        a: int
        b: int

    pair = Pair(1, 2)
    pair.a = 3  # type: ignore[misc]  # that mypy refuses it is the point.
    assert hash(pair) == hash((3, 2))


def test_our_replace_and_the_standard_one_change_the_same() -> None:
    thing = OURS["Open"]([1], c=7)
    assert repr(ours.replace(thing, d=5)) == repr(dataclasses.replace(thing, d=5))
    assert ours.replace(OURS["Made"]((1,)), a=(2,)).known == {2}


def test_what_a_class_is_asked_of_the_standard_library_alone_loads_it() -> None:
    code = """if True:
        import sys
        from graphcli.dataclass import dataclass, fields, is_dataclass, replace
        @dataclass(frozen=True, slots=True)
        class Pair:
            a: int
            b: int = 2
        pair = replace(Pair(1), b=3)
        assert pair != Pair(1) and hash(pair) and repr(pair) == "Pair(a=1, b=3)"
        print("dataclasses" in sys.modules, "inspect" in sys.modules)
        print(is_dataclass(pair), [field.name for field in fields(pair)])
        print("dataclasses" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["False False", "True ['a', 'b']", "True"]


def test_nothing_of_ours_runs_inside_set_name() -> None:
    """Where Python 3.11 would make a bug of the Ctrl-C that comes there while a module loads."""
    classes_ = [each for each in vars(ours).values() if isinstance(each, type)]
    assert classes_
    assert not [each for each in classes_ if "__set_name__" in vars(each)]
