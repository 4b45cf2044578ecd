"""A run that died: what is uncertain, and how a person settles it."""

import operator
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Any, Literal, TypedDict

import pytest

from graphcli import END, START, Command, InMemorySaver, StateGraph, interrupt
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.running.protocol import RunOptions, Settle
from graphcli.engine.running.standing import standing_of, uncertain_tasks
from graphcli.engine.values.model import Status
from graphcli.errors import (
    ConflictError,
    DoubtChangedError,
    GraphChangedError,
    InvalidUpdateError,
    NotFoundError,
    RunFailedError,
    UncertainError,
    UnsupportedValueError,
)
from tests.engine.helpers import AT_ONCE, DyingSaver, Log, StrictSaver, answer, last, on, saved


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    note: Any


@contextmanager
def dying() -> Iterator[None]:
    with pytest.raises(KeyboardInterrupt):
        yield


def fatal(
    saver: DyingSaver, on_crash: Literal["ask", "rerun"] = "ask", ran: Log | None = None
) -> CompiledGraph:
    """Return a graph whose second node takes the process with it the first time it runs."""
    ran, lives = ran or Log(), [True]

    def deploy(state: State) -> State:
        ran("deploy")
        if lives:
            lives.clear()
            saver.die()
        return {"log": ["deployed"]}

    builder = StateGraph(State)
    builder.add_node("build", lambda state: {"log": ["built"]})
    builder.add_node("deploy", deploy, on_crash=on_crash)
    builder.add_node("tell", lambda state: {"log": ["told"]})
    builder.add_edge(START, "build").add_edge("build", "deploy")
    builder.add_conditional_edges("deploy", lambda s: "tell" if "deployed" in s["log"] else END)
    return builder.compile(checkpointer=saver)


def crashed(on_crash: Literal["ask", "rerun"] = "ask", ran: Log | None = None) -> Any:
    saver = DyingSaver()
    graph = fatal(saver, on_crash, ran)
    with dying():
        graph.invoke({}, on("t"))
    saver.revive()
    return graph, saver


def settled(graph: CompiledGraph, saver: InMemorySaver, *verdicts: Settle) -> Any:
    return last(graph.go_on("t", saver, RunOptions(), settle=verdicts))


def test_a_task_that_may_have_run_is_a_question() -> None:
    ran = Log()
    graph, saver = crashed(ran=ran)

    assert saved(saver).thread.status is Status.RUNNING  # what the dead process left
    assert standing_of(saved(saver), saver).status is Status.UNCERTAIN
    assert [task.node for task in uncertain_tasks(saved(saver))] == ["deploy"]
    ended = settled(graph, saver)
    assert (ended.status, [task.node for task in ended.uncertain]) == ("uncertain", ["deploy"])
    assert saved(saver).thread.status is Status.UNCERTAIN
    with pytest.raises(UncertainError, match="whether `deploy` has run"):
        graph.invoke(None, on("t"))
    assert ran.taken() == ["deploy"]


def test_a_node_that_may_run_again_does() -> None:
    ran = Log()
    graph, saver = crashed("rerun", ran)

    assert standing_of(saved(saver), saver).status is Status.STOPPED
    assert graph.invoke(None, on("t")) == {"log": ["built", "deployed", "told"]}
    assert ran.taken() == ["deploy", "deploy"]


def test_run_it_again() -> None:
    ran = Log()
    graph, saver = crashed(ran=ran)

    assert settled(graph, saver, Settle("rerun")).values["log"] == ["built", "deployed", "told"]
    assert ran.taken() == ["deploy", "deploy"]


def test_it_is_done_and_its_branches_run() -> None:
    ran = Log()
    graph, saver = crashed(ran=ran)

    ended = settled(graph, saver, Settle("done", update={"log": ["deployed", "by hand"]}))

    assert ended.values["log"] == ["built", "deployed", "by hand", "told"]
    assert ran.taken() == ["deploy"]


def test_it_is_done_without_an_update() -> None:
    graph, saver = crashed()

    assert settled(graph, saver, Settle("done")).values["log"] == ["built"]


def test_giving_up_fails_the_task_and_going_on_does_not_run_it_again() -> None:
    graph, saver = crashed()

    ended = settled(graph, saver, Settle("give_up"))
    assert (ended.status, ended.failure.message) == (
        Status.FAILED,
        "a person gave up on `deploy`, which may have run",
    )
    with pytest.raises(RunFailedError, match="a person gave up on `deploy`"):
        graph.invoke(None, on("t"))
    still = settled(graph, saver)
    assert (still.status, [task.node for task in still.uncertain]) == ("failed", ["deploy"])
    assert graph.get_state(on("t")).values["log"] == ["built"]
    again = settled(graph, saver, Settle("rerun", digest=still.uncertain[0].doubt))
    assert again.values["log"] == ["built", "deployed", "told"]


def test_a_verdict_is_for_the_start_that_was_shown() -> None:
    graph, saver = crashed()
    (first,) = settled(graph, saver).uncertain
    died = replace(saved(saver), started={first.id: 2})
    assert standing_of(died, saver).uncertain[0].doubt != first.doubt

    wrong = {first.doubt[:11]: "is too short", "0" * 64: "has begun again", "": "is no digest"}
    for digest, why in wrong.items():
        with pytest.raises(DoubtChangedError, match=why):
            settled(graph, saver, Settle("rerun", digest=digest))
    ended = settled(graph, saver, Settle("rerun", digest=first.doubt[:12]))
    assert ended.status is Status.FINISHED


@pytest.mark.parametrize(
    ("verdict", "error", "message"),
    [
        (Settle("rerun", "deplyo"), NotFoundError, "no uncertain task `deplyo`"),
        (Settle("rerun", "build"), NotFoundError, "no uncertain task `build`"),
        (Settle("done", update={"lgo": []}), InvalidUpdateError, "did you mean `log`"),
        (Settle("done", update="text"), InvalidUpdateError, "expected dict"),
    ],
)
def test_a_verdict_that_does_not_fit_harms_nothing(
    verdict: Settle, error: type[Exception], message: str
) -> None:
    graph, saver = crashed()
    before = saved(saver)

    with pytest.raises(error, match=message):
        settled(graph, saver, verdict)
    assert saved(saver) == before
    assert settled(graph, saver, Settle("rerun", "deploy")).status is Status.FINISHED


def test_there_may_be_nothing_to_settle() -> None:
    saver = InMemorySaver()
    builder = StateGraph(State).add_node("ask", lambda s: interrupt("?")).add_edge(START, "ask")
    graph = builder.compile(checkpointer=saver)
    graph.invoke({}, on("t"))

    with pytest.raises(ConflictError, match="has no uncertain task"):
        settled(graph, saver, Settle("rerun"))


def side_by_side(saver: DyingSaver, ran: Log) -> CompiledGraph:
    """Return a graph of `quick`, which ends first, and `one` and `two`, which die together."""
    lives = [True]
    both, recorded = threading.Barrier(2), threading.Event()

    def quick(state: State) -> State:
        ran("quick")
        return {"log": ["quick"]}

    def doomed(name: str) -> Any:
        def node(state: State) -> State:
            ran(name)
            if lives:
                assert recorded.wait(10)  # until `quick` is recorded
                both.wait(10)
                lives.clear()
                saver.die()
            return {"log": [name]}

        return node

    saver.notice = lambda result: recorded.set() if result.node == "quick" else None
    builder = StateGraph(State).add_node("quick", quick)
    builder.add_node("one", doomed("one")).add_node("two", doomed("two"))
    for name in ("quick", "one", "two"):
        builder.add_edge(START, name)
    return builder.compile(checkpointer=saver)


def test_several_uncertain_tasks_are_settled_one_by_one_or_together() -> None:
    saver, ran = DyingSaver(), Log()
    graph = side_by_side(saver, ran)
    with dying():
        graph.invoke({}, on("t"))
    saver.revive()
    assert sorted(ran.taken()) == ["one", "quick", "two"]

    with pytest.raises(
        ConflictError, match=r"several tasks of `t` are uncertain: `one` \([0-9a-f]{8}\), `two`"
    ):
        settled(graph, saver, Settle("rerun"))
    ended = settled(graph, saver, Settle("rerun", "two"))
    assert (ended.status, [task.node for task in ended.uncertain]) == ("uncertain", ["one"])
    assert ran.taken() == ["two"]
    ended = settled(graph, saver, Settle("done", "one", {"log": ["one by hand"]}))
    assert ended.values == {"log": ["one by hand", "quick", "two"]}
    assert ran.taken() == []


def test_a_task_that_never_got_a_worker_is_never_uncertain() -> None:
    saver, ran = DyingSaver(), Log()
    lives = [True]

    def node(name: str) -> Any:
        def run(state: State) -> State:
            ran(name)
            if name == "b" and lives:
                lives.clear()
                saver.die()
            return {"log": [name]}

        return run

    builder = StateGraph(State)
    for name in "abc":
        builder.add_node(name, node(name)).add_edge(START, name)
    graph = builder.compile(checkpointer=saver)
    with dying():
        graph.invoke({}, on("t", max_concurrency=1))
    saver.revive()

    assert [task.node for task in uncertain_tasks(saved(saver))] == ["b"]
    assert settled(graph, saver, Settle("rerun")).values == {"log": ["a", "b", "c"]}
    assert ran.taken() == ["a", "b", "b", "c"]


def test_an_answer_waits_until_what_is_uncertain_is_settled() -> None:
    saver = DyingSaver()
    lives = [True]
    asked = threading.Event()

    def doomed(state: State) -> State:
        if lives:
            lives.clear()
            assert asked.wait(10)
            saver.die()
        return {"log": ["ran"]}

    saver.notice = lambda result: asked.set()
    builder = StateGraph(State).add_node("ask", lambda s: {"log": [interrupt("?")]})
    builder.add_node("doomed", doomed).add_edge(START, "ask").add_edge(START, "doomed")
    graph = builder.compile(checkpointer=saver)
    with dying():
        graph.invoke({}, on("t"))
    saver.revive()
    question = saved(saver).questions[0]

    assert standing_of(saved(saver), saver).status is Status.UNCERTAIN
    with pytest.raises(ConflictError, match="`doomed` may have run"):
        last(graph.go_on("t", saver, RunOptions(), [answer(question, "so")]))
    both = graph.go_on("t", saver, RunOptions(), [answer(question, "so")], [Settle("rerun")])
    assert last(both).values == {"log": ["so", "ran"]}


def test_a_crash_after_an_answer_keeps_the_answer() -> None:
    saver, lives, told = DyingSaver(), [True], Log()

    def node(state: State) -> State:
        told(interrupt("?"))
        if lives:
            lives.clear()
            saver.die()
        return {"log": ["ran"]}

    builder = StateGraph(State).add_node("node", node).add_edge(START, "node")
    graph = builder.compile(checkpointer=saver)
    graph.invoke({}, on("t"))
    with dying():
        graph.invoke(Command(resume="yes"), on("t"))
    saver.revive()

    assert standing_of(saved(saver), saver).status is Status.UNCERTAIN
    assert settled(graph, saver, Settle("rerun")).status is Status.FINISHED
    assert told.taken() == ["yes", "yes"]


def test_a_node_that_is_gone_is_an_error_and_not_an_end() -> None:
    def graph_of(name: str, saver: InMemorySaver) -> CompiledGraph:
        builder = StateGraph(State).add_node(name, lambda s: {"log": [interrupt("?")]})
        return builder.add_edge(START, name).compile(checkpointer=saver)

    saver = InMemorySaver()
    graph_of("approve", saver).invoke({}, on("t"))
    before = saved(saver)

    with pytest.raises(
        GraphChangedError, match=r"waits at node `approve`.*did you mean `approved`"
    ):
        graph_of("approved", saver).invoke(Command(resume=1), on("t"))
    assert saved(saver) == before


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_an_update_that_cannot_be_stored_leaves_its_task_uncertain(durability: Any) -> None:
    saver = StrictSaver()
    builder = StateGraph(State).add_node("one", lambda s: {"log": ["one"]})
    builder.add_node("two", lambda s: {"note": {"fn": lambda: 1}})
    builder.add_node("three", lambda s: {"log": ["three"]})
    builder.add_edge(START, "one").add_edge("one", "two").add_edge("two", "three")
    graph = builder.compile(checkpointer=saver)

    options = RunOptions(durability=durability)
    ended = last(graph.start("t", {}, saver, options))

    assert (ended.status, [task.node for task in ended.uncertain]) == ("uncertain", ["two"])
    assert ended.failure is not None
    assert ended.failure.message == "note.fn: a function cannot be stored"
    assert saved(saver).thread.status is Status.UNCERTAIN
    with pytest.raises(UnsupportedValueError, match=r"note\.fn: a function cannot be stored"):
        settled(graph, saver, Settle("done", update={"note": {"fn": lambda: 1}}))
    assert settled(graph, saver, Settle("done", update={"log": ["by hand"]})).values == {
        "log": ["one", "by hand", "three"]
    }


def test_it_fails_where_running_again_is_harmless() -> None:
    saver = StrictSaver()
    good: list[Any] = []

    def node(state: State) -> Any:
        return {"log": good} if good else {"note": {"fn": lambda: 1}}

    builder = StateGraph(State).add_node("node", node, on_crash="rerun", retry_policy=AT_ONCE)
    graph = builder.add_edge(START, "node").compile(checkpointer=saver)

    with pytest.raises(UnsupportedValueError, match=r"note\.fn: a function cannot be stored"):
        graph.invoke({}, on("t"))
    assert saved(saver).thread.status is Status.FAILED
    good.append("mended")
    assert graph.invoke(None, on("t")) == {"log": ["mended"]}


def test_its_siblings_are_kept() -> None:
    saver, ran = StrictSaver(), Log()

    def good(state: State) -> State:
        ran("good")
        assert saver.refused.wait(10)  # until the bad one was to be recorded
        return {"log": ["good"]}

    builder = StateGraph(State).add_node("bad", lambda s: {"note": {"fn": lambda: 1}})
    builder.add_node("good", good).add_node("ask", lambda s: {"log": [interrupt("?")]})
    for name in ("bad", "good", "ask"):
        builder.add_edge(START, name)
    graph = builder.compile(checkpointer=saver)

    ended = last(graph.start("t", {}, saver, RunOptions()))
    assert (ended.status, [task.node for task in ended.uncertain]) == ("uncertain", ["bad"])
    assert [asked.payload for asked in ended.questions] == ["?"]
    ended = settled(graph, saver, Settle("done"))
    assert ended.status is Status.WAITING
    assert graph.invoke(Command(resume="so"), on("t")) == {"log": ["so", "good"]}
    assert ran.taken() == ["good"]


def test_a_value_that_a_reducer_made_fails_the_fold() -> None:
    class Folded(TypedDict):
        n: Annotated[Any, lambda old, new: {"fn": lambda: 1}]

    saver = StrictSaver()
    builder = StateGraph(Folded).add_node("node", lambda s: {"n": 1}).add_edge(START, "node")
    graph = builder.compile(checkpointer=saver)

    ended = last(graph.start("t", {"n": 0}, saver, RunOptions()))

    assert ended.status is Status.FAILED
    assert ended.uncertain == ()


def test_an_input_that_cannot_be_stored_begins_nothing() -> None:
    saver = StrictSaver()
    builder = StateGraph(State).add_node("node", lambda s: None).add_edge(START, "node")

    with pytest.raises(UnsupportedValueError, match=r"note\.fn: a function"):
        builder.compile(checkpointer=saver).invoke({"note": {"fn": lambda: 1}}, on("t"))
    assert saver.load("t") is None


def test_an_answer_that_cannot_be_stored_moves_nothing() -> None:
    saver = StrictSaver()
    builder = StateGraph(State).add_node("ask", lambda s: {"log": [interrupt("?")]})
    graph = builder.add_edge(START, "ask").compile(checkpointer=saver)
    graph.invoke({}, on("t"))
    before = saved(saver)

    with pytest.raises(UnsupportedValueError, match="answer: a function"):
        graph.invoke(Command(resume=lambda: 1), on("t"))
    assert saved(saver) == before
