"""What `invoke` and its kin do with an input: LangGraph's rules, on a thread or without one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphcli.deferred import later
from graphcli.engine.face.keywords import DURABILITIES
from graphcli.engine.graph.structure import Graph
from graphcli.engine.resuming.resume import go_on, new_thread, rewrite, start
from graphcli.engine.running.events import Event, RunEnded, RunStarted
from graphcli.engine.running.position import Tools
from graphcli.engine.running.protocol import DEFAULT_MAX_STEPS, RunOptions
from graphcli.engine.running.standing import Standing, standing_of
from graphcli.engine.values.checkpointer import Checkpointer, Saved
from graphcli.engine.values.clock import utc_now
from graphcli.engine.values.model import Command, Status
from graphcli.errors import (
    EmptyInputError,
    NotFoundError,
    RunFailedError,
    UncertainError,
)

if TYPE_CHECKING:
    from graphcli.engine.past import going_back
    from graphcli.engine.resuming import answers as answering
    from graphcli.engine.resuming import command as commands
else:
    answering = later("graphcli.engine.resuming.answers")
    commands = later("graphcli.engine.resuming.command")
    going_back = later("graphcli.engine.past.going_back")

Config = Mapping[str, Any]
Breaks = str | Sequence[str] | None


def run_options(
    config: Config,
    *,
    interrupt_before: Breaks = None,
    interrupt_after: Breaks = None,
    durability: Any = None,
    debug: bool | None = None,  # noqa: ARG001 - LangGraph's; it prints nothing here.
    context: Any = None,
) -> RunOptions:
    """Return what a config and the options of a call say about a run.

    Raises:
        ValueError: its `recursion_limit` allows no superstep, or there is no such durability.
    """
    if durability is not None and durability not in DURABILITIES:
        known = ", ".join(f"`{name}`" for name in DURABILITIES)
        raise ValueError(f"there is no durability `{durability}`; there are {known}")
    limit = config.get("recursion_limit", DEFAULT_MAX_STEPS)
    if limit < 1:
        raise ValueError(f"recursion_limit must be at least 1, not {limit}")
    return RunOptions(
        max_steps=limit,
        max_concurrency=config.get("max_concurrency"),
        durability=durability or "sync",
        break_before=breaks(interrupt_before),
        break_after=breaks(interrupt_after),
        context=context,
    )


def breaks(nodes: Breaks) -> tuple[str, ...]:
    """Return breakpoints as a tuple of names; "*" stands for all nodes."""
    return (nodes,) if isinstance(nodes, str) else tuple(nodes or ())


def thread_id(config: Config) -> str:
    """Return the thread that a config names.

    Raises:
        ValueError: it names none.
    """
    thread = config.get("configurable", {}).get("thread_id")
    if thread is None:
        raise ValueError('the config names no thread: {"configurable": {"thread_id": …}}')
    return str(thread)


def namespace(config: Config) -> str:
    """Return the subgraph that a config names; empty for the graph itself."""
    return str(config.get("configurable", {}).get("checkpoint_ns") or "")


def on_thread(
    graph: Graph, value: Any, thread: str, checkpointer: Checkpointer, tools: Tools
) -> Iterator[Event]:
    """Begin a thread, give it new input, answer it, or go on with it, as `value` says.

    With a `checkpoint_id` in the config it goes on from that checkpoint, by a new one.

    Raises:
        NotFoundError: an answer for a thread, or a checkpoint, that does not exist.
        EmptyInputError: no input for a thread that does not exist.
    """
    with checkpointer.claim(thread):
        saved = newest = checkpointer.load(thread)
        if newest is not None and (id_ := checkpoint_named(tools.config)) is not None:
            ns = namespace(tools.config)
            saved, value = going_back.gone_back(graph, checkpointer, newest, ns, id_, value)
        if isinstance(value, Command):
            standing = standing_of(required(saved, thread), checkpointer)
            yield from _command(graph, value, standing, tools)
        elif value is not None:
            begins = (thread, graph.name, "", utc_now(), tools.fingerprint)
            info = saved.thread if saved else new_thread(*begins)
            yield from start(graph, info, value, tools, saved, newest)
        elif saved is None:
            raise EmptyInputError(f"thread `{thread}` does not exist: Received no input for it")
        elif (standing := standing_of(saved, checkpointer)).status.over:
            yield RunStarted(thread, graph.name, new=False, at=saved)
            yield RunEnded(thread, graph.name, Status.FINISHED, saved.checkpoint.values)
        else:
            yield from go_on(graph, standing, tools, ask_again=True)


def _command(
    graph: Graph, command: Command[Any], standing: Standing, tools: Tools
) -> Iterator[Event]:
    """Answer, write and plan what `command` says in one commit, and go on."""
    answers = answering.answers_in(command, standing)
    changed = commands.amended(graph, standing.saved, command)
    if changed is not None and not changed.tasks:
        yield from rewrite(graph, standing, changed, tools)
    else:
        yield from go_on(graph, standing, tools, answers, amended=changed, ask_again=not answers)


def checkpoint_named(config: Config) -> str | None:
    """Return the id of the checkpoint that a config names, if it names one."""
    id_ = config.get("configurable", {}).get("checkpoint_id")
    return None if id_ is None else str(id_)


def without_thread(graph: Graph, value: Any, tools: Tools) -> Iterator[Event]:
    """Run a graph of which nothing is kept.

    Raises:
        RuntimeError: an answer, where nothing can have been asked.
        EmptyInputError: no input.
    """
    if isinstance(value, Command):
        raise RuntimeError(  # noqa: TRY004 - LangGraph's error.
            "Cannot use Command(resume=...) without checkpointer: there is no thread to go on with"
        )
    if value is None:
        raise EmptyInputError("Received no input, and without a checkpointer nothing to go on")
    thread = new_thread(uuid.uuid4().hex, graph.name, "", utc_now(), {})
    yield from start(graph, thread, value, tools)


def required(saved: Saved | None, thread: str) -> Saved:
    """Return what is saved of `thread`, or raise NotFoundError if that is nothing."""
    if saved is None:
        raise NotFoundError(f"there is no thread `{thread}`", "see those there are: graphcli list")
    return saved


def failing_at_its_end(events: Iterator[Event]) -> Iterator[Event]:
    """Yield the events of a run; once it has let go of the thread, raise what failed it."""
    for event in events:
        yield event
    unless_failed(event)


def unless_failed(event: Event) -> RunEnded:
    """Return the last event of a run; raise what failed the run, as it was raised."""
    assert isinstance(event, RunEnded), "every run ends with RunEnded"  # noqa: S101
    if event.status is Status.UNCERTAIN:
        nodes = ", ".join(f"`{task.node}`" for task in event.uncertain)
        why = f": {event.failure.message}" if event.failure else ""
        raise UncertainError(
            f"thread `{event.thread}`: it is uncertain whether {nodes} has run{why}",
            f"settle it: graphcli resume {event.thread} with --rerun, --done JSON or --give-up; "
            "in a program, go_on(…, settle=[Settle('rerun')])",
        ) from event.error
    if event.status in (Status.FAILED, Status.REJECTED) and event.failure is not None:
        if event.error is not None and not isinstance(event.error, SystemExit):
            raise event.error
        raise RunFailedError(f"{event.failure.type}: {event.failure.message}")
    return event
