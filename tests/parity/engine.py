"""One vocabulary for two engines: a script is run by graphcli and by LangGraph, and compared.

A script names nothing but `lg.…`: the names that both engines have, and `lg.run()`, which drives
a graph and notes what can be seen from outside. Ids and times differ by nature: ids are numbered
in the order in which they are first seen, times are left out.
"""

import asyncio
import inspect
import traceback
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import Any, Literal

import langgraph.checkpoint.memory
import langgraph.errors
import langgraph.graph
import langgraph.graph.message
import langgraph.managed
import langgraph.prebuilt
import langgraph.runtime
import langgraph.types
import pytest

import graphcli
import graphcli.errors
from graphcli.storage import open_storage

OURS = (graphcli, graphcli.errors)
THEIRS = (
    langgraph.graph,
    langgraph.types,
    langgraph.checkpoint.memory,
    langgraph.errors,
    langgraph.graph.message,
    langgraph.managed,
    langgraph.runtime,
    langgraph.prebuilt,
)

# LangGraph's default writes a checkpoint while the next superstep already changes it.
_SYNC = {"durability": "sync"}

# Ours, where LangGraph raises a bare built-in.
_SAME_ERROR = {"InvalidGraphError": "ValueError", "InvalidMessageError": "ValueError"}

_ROLES = {"human": "user", "ai": "assistant"}

Face = Literal["sync", "async"]
Script = Callable[["Engine"], None]


@dataclass
class Engine:
    """The names of one engine, and what was seen of the graphs that it ran."""

    places: tuple[Any, ...]
    face: Face
    saver: Callable[[Any], Any]
    seen: list[Any] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        for place in self.places:
            if hasattr(place, name):
                return getattr(place, name)
        raise AttributeError(f"{self.places[0].__name__} has no {name}")

    def run(self, builder: Any, **options: Any) -> "Run":
        """Compile a graph with a checkpointer of its own, and return what drives it."""
        saver = self.saver(builder.compile(**options))
        return Run(self, builder.compile(checkpointer=saver, **options))

    def note(self, *what: Any) -> None:
        """Remember something that both engines must show alike."""
        self.seen.append(what)

    def note_error(self, act: Callable[[], Any]) -> Any:
        """Do something, and remember what kind of error it raises."""
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - which one it is, is compared.
            kind = _SAME_ERROR.get(type(error).__name__, type(error).__name__)
            self.note("raises", kind, str(error) if _from_script(error) else "")
            return None


@dataclass
class Run:
    """One graph on one thread. Every call notes what it gave, and where the thread stands."""

    lg: Engine
    graph: Any
    config: dict[str, Any] = field(default_factory=lambda: {"configurable": {"thread_id": "t"}})

    def invoke(self, value: Any, at: Any = None, **options: Any) -> Any:
        """Give the graph an input, or None to go on."""
        made = self.lg.note_error(lambda: self._invoked(value, at or self.config, options))
        self.lg.note("invoke", made)
        self.look()
        return made

    def resume(self, answer: Any, **command: Any) -> None:
        """Answer the one open question, or several by a map from their payloads."""
        self.invoke(self.lg.Command(resume=answer, **command))

    def answer(self, answers: dict[Any, Any]) -> None:
        """Answer questions by id; `answers` maps their payloads to values."""
        asked = self.graph.get_state(self.config).interrupts
        self.resume({each.id: answers[each.value] for each in asked if each.value in answers})

    def stream(self, value: Any, mode: Any = None, **options: Any) -> None:
        """Give the graph an input and note every chunk."""
        if mode is not None:
            options["stream_mode"] = mode
        self.lg.note_error(lambda: self._streamed(value, options))
        self.look()

    def look(self, at: Any = None) -> None:
        """Note where the thread stands, or stood at a checkpoint."""
        state = self.graph.get_state(at or self.config)
        tasks = sorted(state.tasks, key=lambda task: (task.name, _payloads(task.interrupts)))
        asked = [(task.name, task.interrupts) for task in tasks]
        self.lg.note("state", state.values, sorted(state.next), asked, state.interrupts)

    def update(self, values: Any, as_node: str | None = None, at: Any = None) -> Any:
        """Write values as a node, and return the config of the new checkpoint."""
        made = self.lg.note_error(
            lambda: self.graph.update_state(at or self.config, values, as_node=as_node)
        )
        self.look()
        return made

    def history(self, **options: Any) -> list[Any]:
        """Note the checkpoints, the newest first, each with the place of its parent."""
        past = list(self.graph.get_state_history(self.config, **options))
        ids = [_checkpoint(state.config) for state in past]
        for state in past:
            parent = _checkpoint(state.parent_config)
            self.lg.note(
                "was",
                state.metadata["step"],
                state.metadata["source"],
                state.values,
                sorted(state.next),
                ids.index(parent) if parent in ids else None,
            )
        return past

    def before(self, node: str) -> Any:
        """Return the config of the newest checkpoint from which `node` comes next."""
        past = self.graph.get_state_history(self.config)
        return next(state.config for state in past if node in state.next)

    def _invoked(self, value: Any, config: Any, options: dict[str, Any]) -> Any:
        options = {**_SYNC, **options}
        if self.lg.face == "async":
            return asyncio.run(self.graph.ainvoke(value, config, **options))
        return self.graph.invoke(value, config, **options)

    def _streamed(self, value: Any, options: dict[str, Any]) -> None:
        options = {**_SYNC, **options}
        if self.lg.face == "async":
            asyncio.run(self._streamed_async(value, options))
            return
        for chunk in self.graph.stream(value, self.config, **options):
            self.lg.note("chunk", chunk)

    async def _streamed_async(self, value: Any, options: dict[str, Any]) -> None:
        async for chunk in self.graph.astream(value, self.config, **options):
            self.lg.note("chunk", chunk)


def parity(script: Script) -> Any:
    """Make a script a test: both engines must show the same, in memory, async and in a file."""

    @pytest.mark.parametrize("how", ["sync", "async", "file"])
    def test(how: str, tmp_path: Path) -> None:
        face: Face = "async" if how == "async" else "sync"
        mine = ours(script, face, tmp_path / "threads.db" if how == "file" else None)
        assert mine == theirs(script, face)

    test.__name__ = script.__name__
    test.__doc__ = inspect.getdoc(script)
    return test


def needs(name: str) -> pytest.MarkDecorator:
    """Skip a script until graphcli has what `name` stands for."""
    there = hasattr(graphcli, name) or hasattr(graphcli.CompiledGraph, name)
    return pytest.mark.skipif(not there, reason=f"graphcli has no {name} yet")


def ours(script: Script, face: Face, path: Path | None = None) -> list[Any]:
    """Return what graphcli shows of a script; its threads are in memory, or in a file."""

    def saver(graph: Any) -> Any:
        if path is None:
            return graphcli.InMemorySaver()
        return open_storage(path, classes=graph.classes)

    return _watched(script, Engine(OURS, face, saver))


def theirs(script: Script, face: Face = "sync") -> list[Any]:
    """Return what LangGraph shows of a script."""
    return _watched(
        script, Engine(THEIRS, face, lambda _: langgraph.checkpoint.memory.InMemorySaver())
    )


def _watched(script: Script, engine: Engine) -> list[Any]:
    script(engine)
    assert engine.seen, "a script that notes nothing compares nothing"
    return Plain().all(engine.seen)


class Plain:
    """Values as both engines can be compared by: plain data, ids by number."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def all(self, values: Iterable[Any]) -> list[Any]:
        """Return each of `values` as plain data."""
        return [self.of(value) for value in values]

    def asked(self, interrupts: Iterable[Any]) -> list[Any]:
        """Return questions by payload: LangGraph lists them as they arrive, and threads race."""
        return self.all(sorted(interrupts, key=lambda each: _payloads([each])))

    def of(self, value: Any) -> Any:
        """Return one value as plain data."""
        if type(value).__name__ == "Interrupt":
            return {"asks": self.of(value.value), "id": self._number(value.id)}
        if _is_message(value):
            return self._message(value)
        if isinstance(value, dict):
            return {key: self.of(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            asked = bool(value) and all(type(each).__name__ == "Interrupt" for each in value)
            return self.asked(value) if asked else self.all(value)
        if isinstance(value, (set, frozenset)):
            return sorted(self.all(value))
        if hasattr(value, "model_dump"):
            return {"model": type(value).__name__, **self.of(value.model_dump())}
        if is_dataclass(value) and not isinstance(value, type):
            return {"class": type(value).__name__, **self.of(asdict(value))}
        return value

    def _message(self, value: Any) -> Any:
        """A message: a plain dict for graphcli, where LangGraph makes an object of LangChain."""
        said = value if isinstance(value, dict) else value.model_dump()
        role = said.get("role") or said["type"]
        return ["message", _ROLES.get(role, role), said["content"], self._number(said["id"])]

    def _number(self, id_: str) -> str:
        return self._ids.setdefault(id_, f"id-{len(self._ids) + 1}")


def _is_message(value: Any) -> bool:
    if isinstance(value, dict):
        return {"role", "content", "id"} <= value.keys()
    return hasattr(value, "content") and hasattr(value, "type")


def _payloads(interrupts: Iterable[Any]) -> str:
    return repr([each.value for each in interrupts])


def _from_script(error: BaseException) -> bool:
    """Whether a script raised it itself: what an engine says is in its own words."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return Path(frame.f_code.co_filename).parent == Path(__file__).parent


def _checkpoint(config: Any) -> Any:
    return config and config["configurable"].get("checkpoint_id")
