"""How often a run commits, what is in a commit, and which commits are final."""

import operator
import threading
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import START, Command, InMemorySaver, StateGraph, interrupt
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.running.protocol import RunOptions
from graphcli.engine.values.checkpointer import Commit
from graphcli.engine.values.model import Status
from graphcli.errors import ThreadExistsError
from tests.engine.helpers import WatchingSaver, last, on, saved


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]


def chain(length: int, saver: InMemorySaver, *, asks: int | None = None) -> CompiledGraph:
    """Return a graph of `length` nodes in a row, of which the one at `asks` asks."""
    builder = StateGraph(State)
    for number in range(length):

        def node(state: State, number: int = number) -> State:
            return {"log": [interrupt("?") if number == asks else number]}

        builder.add_node(f"n{number}", node)
        builder.add_edge(f"n{number - 1}" if number else START, f"n{number}")
    return builder.compile(checkpointer=saver)


@pytest.mark.parametrize("length", [1, 2, 10, 100])
@pytest.mark.parametrize("durability", ["sync", "async"])
def test_a_chain_costs_one_commit_a_superstep(length: int, durability: Any) -> None:
    saver = WatchingSaver()

    chain(length, saver).invoke({}, on("t"), durability=durability)

    assert len(saver.commits) <= length + 2
    assert len(saver.commits) == length + 1  # one to begin, one for each superstep


def test_a_pause_costs_one_commit_and_an_answer_one() -> None:
    saver = WatchingSaver()
    graph = chain(10, saver, asks=5)

    graph.invoke({}, on("t"))
    assert len(saver.commits) == 1 + 5 + 1
    graph.invoke(Command(resume="so"), on("t"))
    assert len(saver.commits) == 1 + 5 + 1 + 1 + 5


def test_sync_makes_every_commit_durable() -> None:
    saver = WatchingSaver()
    chain(3, saver).invoke({}, on("t"), durability="sync")

    assert [commit.durable for commit in saver.commits] == [True] * 4


def test_async_makes_answers_pauses_and_ends_durable() -> None:
    saver = WatchingSaver()
    graph = chain(3, saver, asks=1)
    graph.invoke({}, on("t"), durability="async")
    graph.invoke(Command(resume="so"), on("t"), durability="async")

    kinds = [
        (commit.status.value, bool(commit.answers), commit.durable) for commit in saver.commits
    ]
    assert kinds == [
        ("running", False, False),
        ("running", False, False),
        ("waiting", False, True),
        ("running", True, True),
        ("running", False, False),
        ("finished", False, True),
    ]


def test_exit_commits_at_pauses_and_ends_only() -> None:
    saver = WatchingSaver()
    graph = chain(5, saver, asks=2)

    graph.invoke({}, on("t"), durability="exit")
    assert [commit.status for commit in saver.commits] == [Status.WAITING]
    graph.invoke(Command(resume="so"), on("t"), durability="exit")
    assert [commit.status for commit in saver.commits[1:]] == [Status.RUNNING, Status.FINISHED]
    assert [len(commit.checkpoints) for commit in saver.commits] == [1, 0, 1]
    assert graph.get_state(on("t")).values == {"log": [0, 1, "so", 3, 4]}


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_an_unfinished_thread_is_the_same_however_it_was_written(durability: Any) -> None:
    saver = InMemorySaver()
    graph = chain(4, saver, asks=2)
    graph.invoke({}, on("t"), durability=durability)

    state = graph.get_state(on("t"))
    assert (state.values, state.next) == ({"log": [0, 1]}, ("n2",))
    assert [interrupt.value for interrupt in state.interrupts] == ["?"]
    assert graph.invoke(Command(resume="so"), on("t"))["log"] == [0, 1, "so", 3]


def test_the_end_of_a_superstep_and_the_start_of_the_next_are_one_commit() -> None:
    saver = WatchingSaver()
    chain(2, saver).invoke({}, on("t"))
    begin, first, second = saver.commits

    assert [c.step for c in begin.checkpoints] == [-1, 0]
    assert [result.node for result in first.results] == ["n0"]
    (head,) = first.checkpoints
    assert first.started == tuple(task.id for task in head.tasks)
    assert [task.node for task in head.tasks] == ["n1"]
    assert first.at == begin.checkpoints[-1].seq
    assert (second.status, second.checkpoints[0].tasks, second.started) == ("finished", (), ())


def test_a_list_that_grew_says_how_much_of_it_is_known() -> None:
    saver = WatchingSaver()
    chain(3, saver).invoke({"log": ["in"]}, on("t"))

    grown = [dict(c.changed) for commit in saver.commits for c in commit.checkpoints]
    assert grown == [{}, {"log": 0}, {"log": 1}, {"log": 2}, {"log": 3}]


def test_a_task_that_ends_before_its_sibling_is_recorded_at_once() -> None:
    kept = threading.Event()

    def slow(state: State) -> None:
        assert kept.wait(10), "the quick one was not recorded while this one runs"

    saver = WatchingSaver()
    saver.notice = lambda result: kept.set() if result.node == "quick" else None
    builder = StateGraph(State).add_node("quick", lambda s: None).add_node("slow", slow)
    builder.add_edge(START, "quick").add_edge(START, "slow")
    builder.compile(checkpointer=saver).invoke({}, on("t"))

    assert [[r.node for r in c.results] for c in saver.commits] == [[], ["quick"], ["slow"]]


def test_new_input_withdraws_what_was_asked() -> None:
    saver = WatchingSaver()
    graph = chain(2, saver, asks=0)
    graph.invoke({}, on("t"))
    old = saved(saver).questions[0]

    graph.invoke({"log": ["new"]}, on("t"))

    assert saver.commits[-2].withdrawn
    assert [asked.id for asked in saved(saver).questions] != [old.id]
    assert saved(saver).thread.open == 1
    assert graph.invoke(Command(resume="so"), on("t")) == {"log": ["new", "so", 1]}


def test_a_second_input_goes_on_with_the_state() -> None:
    graph = chain(1, InMemorySaver())

    graph.invoke({"log": ["a"]}, on("t"))
    assert graph.invoke({"log": ["b"]}, on("t")) == {"log": ["a", 0, "b", 0]}


def test_starting_a_thread_that_exists_is_refused() -> None:
    saver = InMemorySaver()
    graph = chain(1, saver)
    graph.invoke({}, on("t"))

    with pytest.raises(ThreadExistsError, match=r"thread `t` already exists \(finished\)"):
        last(graph.start("t", {}, saver, RunOptions()))


def test_only_a_finished_thread_is_extended() -> None:
    saver = InMemorySaver()
    graph = chain(1, saver, asks=0)
    graph.invoke({}, on("t"))

    with pytest.raises(ThreadExistsError, match=r"already exists \(waiting\)"):
        last(graph.extend("t", {}, saver, RunOptions()))
    graph.invoke(Command(resume="so"), on("t"))
    assert last(graph.extend("t", {}, saver, RunOptions())).status is Status.WAITING


def test_checkpoints_are_numbered_and_named_in_order() -> None:
    saver = InMemorySaver()
    chain(12, saver).invoke({}, on("t"))
    kept = [item.checkpoint for item in saver.history("t")][::-1]

    assert [c.seq for c in kept] == list(range(14))
    assert [c.step for c in kept] == list(range(-1, 13))
    assert [c.id for c in kept] == sorted(c.id for c in kept)
    assert [c.parent for c in kept] == [None, *(c.id for c in kept[:-1])]


def test_no_commit_carries_a_wrong_place() -> None:
    saver = WatchingSaver()
    graph = chain(3, saver, asks=1)
    graph.invoke({}, on("t"))
    graph.invoke(Command(resume="so"), on("t"))
    seq = 0

    for commit in saver.commits:
        assert commit.at == seq
        assert_follows(commit)
        seq = commit.checkpoints[-1].seq if commit.checkpoints else seq


def assert_follows(commit: Commit) -> None:
    first = 0 if commit.new else commit.at + 1
    assert [c.seq for c in commit.checkpoints] == list(
        range(first, first + len(commit.checkpoints))
    )


def asking_beside(saver: Any, ran: list[str]) -> CompiledGraph:
    """Return a graph of two nodes side by side: `a` ends, `b` asks."""

    def a(state: State) -> State:
        ran.append("a")
        return {"log": ["a"]}

    builder = StateGraph(State).add_node("a", a).add_edge(START, "a")
    builder.add_node("b", lambda state: {"log": [interrupt("b?")]}).add_edge(START, "b")
    return builder.compile(checkpointer=saver)


def test_exit_keeps_what_ended_beside_a_question(saver: Any) -> None:
    ran: list[str] = []
    graph = asking_beside(saver, ran)
    graph.invoke({}, on("t"), durability="exit")
    assert graph.get_state(on("t")).next == ("b",)

    assert graph.invoke(Command(resume="b"), on("t"), durability="exit") == {"log": ["a", "b"]}
    assert ran == ["a"]


def test_exit_keeps_the_error_of_a_task(saver: Any) -> None:
    def node(state: State) -> None:
        raise ValueError("boom")

    graph = StateGraph(State).add_node("n", node).add_edge(START, "n").compile(checkpointer=saver)
    with pytest.raises(ValueError, match="boom"):
        graph.invoke({}, on("t"), durability="exit")

    assert [task.error for task in graph.get_state(on("t")).tasks] == ["ValueError('boom')"]


def test_the_checkpoints_of_exit_follow_one_another(saver: Any) -> None:
    graph = chain(2, saver)
    graph.invoke({}, on("t"), durability="exit")
    graph.invoke({}, on("t"), durability="exit")

    newest, oldest = graph.get_state_history(on("t"))
    assert (newest.parent_config, oldest.parent_config) == (oldest.config, None)


def test_after_exit_it_is_known_who_wrote_last(saver: Any) -> None:
    builder = StateGraph(State).add_node("a", lambda state: {"log": ["a"]}).add_edge(START, "a")
    builder.add_node("b", lambda state: {"log": ["b"]})
    builder.add_conditional_edges("a", lambda state: "b" if len(state["log"]) < 2 else "__end__")
    graph = builder.compile(checkpointer=saver, interrupt_before=["b"])
    graph.invoke({}, on("t"), durability="exit")
    assert graph.get_state(on("t")).next == ("b",)

    graph.update_state(on("t"), {"log": ["more"]})
    assert graph.get_state(on("t")).next == ()
