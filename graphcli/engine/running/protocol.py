"""What `drive()` and the command line need of any graph, ours or another engine's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

from graphcli.dataclass import dataclass, field
from graphcli.engine.running.events import Event, RunEnded
from graphcli.engine.values.checkpointer import Checkpointer
from graphcli.engine.values.model import Answer
from graphcli.engine.values.ways import Way


@dataclass(frozen=True, slots=True)
class Settle:
    """What a person says of an uncertain task: `task` None means the only one.

    `rerun` runs it again, `done` takes `update` as what it would have returned, `give_up`
    fails it. `by` and `how` are those of an Answer, and kept in the same journal. With `digest`
    (12 hex digits of it, or more) it is only about the start of the task that is Task's `doubt`.
    """

    verdict: Literal["rerun", "done", "give_up"]
    task: str | None = None
    update: Any = None
    by: str = ""
    how: str = "library"
    digest: str | None = None


#: Far above any honest graph, so that only a loop without end meets it (LangGraph's is 10,007).
DEFAULT_MAX_STEPS = 10_000


def _nothing_known(_reference: str) -> str | None:
    """The engine itself reads neither environment nor files: a secret is asked again."""
    return None


def never() -> bool:
    """Nobody asks the run to stop."""
    return False


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run. Limits are counts; `max_steps` counts supersteps of this run.

    `reference` is what loads the graph again. `reveal` turns the reference of a secret answer
    into its text, or None if it is not known here; `redact` takes such texts out of what is told
    of errors. `context` is lent to every node. As soon as `stopping` says so nothing more begins,
    and when what is at work has come to its end the run is stopped.
    """

    max_steps: int = DEFAULT_MAX_STEPS
    max_concurrency: int | None = None
    durability: Literal["sync", "async", "exit"] = "sync"
    break_before: tuple[str, ...] = ()
    break_after: tuple[str, ...] = ()
    reference: str = ""
    reveal: Callable[[str], str | None] = _nothing_known
    redact: Callable[[str], str] = str
    stopping: Callable[[], bool] = never
    context: Any = None


class RunnableGraph(Protocol):
    """A graph that can be started and resumed on a thread."""

    @property
    def name(self) -> str:
        """The graph's name."""
        ...

    @property
    def node_names(self) -> tuple[str, ...]:
        """The names of its nodes, in the order they were added."""
        ...

    @property
    def node_paths(self) -> tuple[str, ...]:
        """The paths of its nodes and of those of its subgraphs: `audit`, `audit/sign`."""
        ...

    @property
    def fingerprint(self) -> Mapping[str, str]:
        """The prints of its pieces, by which a thread notices that they have changed."""
        ...

    @property
    def classes(self) -> tuple[type, ...]:
        """The classes whose objects its threads may hold."""
        ...

    def start(
        self, thread: str, value: Any, checkpointer: Checkpointer, options: RunOptions
    ) -> Iterator[Event]:
        """Begin a new thread with `value` as input; the last event is RunEnded."""
        ...

    def go_on(
        self,
        thread: str,
        checkpointer: Checkpointer,
        options: RunOptions,
        answers: Sequence[Answer] = (),
        settle: Sequence[Settle] = (),
    ) -> Iterator[Event]:
        """Answer and go on; the last event is RunEnded. Nothing runs if an answer is refused."""
        ...

    def look(self, thread: str, checkpointer: Checkpointer) -> RunEnded:
        """Return where a thread stands, without running anything; `holder` is who runs it."""
        ...

    def extend(
        self, thread: str, value: Any, checkpointer: Checkpointer, options: RunOptions
    ) -> Iterator[Event]:
        """Give a finished thread new input; the last event is RunEnded."""
        ...

    def way_after(self, path: str) -> Way | None:
        """Return what comes after the node at `path`, None where the graph does not say."""
        ...

    def draw_mermaid(self, *, xray: bool = False) -> str:
        """Return the graph as Mermaid text, with `xray` its subgraphs opened."""
        ...


@dataclass(frozen=True, slots=True)
class LoadedGraph:
    """A graph with what the command line has to know about it.

    `reference` loads it again from anywhere. `inputs` is the JSON Schema (type object) of what
    `-i` takes. `initial` turns checked inputs into the graph's input; `output` turns the final
    values into the result that is printed. `notes` are lines for a person. `foresee` tells more of
    the way ahead than the graph's edges: the way after the node at a path, from the state in which
    it runs, once the fields of its answer that are given have these values.
    """

    name: str
    reference: str
    graph: RunnableGraph
    description: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    initial: Callable[[Mapping[str, Any]], Any] = dict
    output: Callable[[Any], Any] = lambda values: values
    notes: tuple[str, ...] = ()
    foresee: Callable[[str, Mapping[str, Any], Mapping[str, Any]], Way | None] | None = None
