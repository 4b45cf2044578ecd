"""What becomes of a thread when a node, a branch, a reducer or a person says no."""

import asyncio
import operator
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import START, Command, InMemorySaver, Rejected, RetryPolicy, StateGraph, interrupt
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.running.events import TaskEnded, TaskRetried, TaskStarted
from graphcli.engine.running.protocol import RunOptions
from graphcli.engine.values.model import Status
from graphcli.errors import (
    AlreadyAnsweredError,
    GraphInterrupt,
    GraphRecursionError,
    InvalidUpdateError,
    NodeTimeoutError,
    RunFailedError,
)
from tests.engine.helpers import AT_ONCE, Log, answer, last, on, saved


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]


class Flaky:
    """Fails as often as it is told to, then works."""

    def __init__(self, failures: int, error: Callable[[], BaseException] | None = None) -> None:
        self.calls = 0
        self._failures = failures
        self._error = error or (lambda: OSError("the line is down"))

    def __call__(self, state: State) -> State:
        self.calls += 1
        if self.calls <= self._failures:
            raise self._error()
        return {"log": [f"call {self.calls}"]}


def single(node: Any, saver: InMemorySaver | None = None, **options: Any) -> CompiledGraph:
    builder = StateGraph(State).add_node("node", node, **options).add_edge(START, "node")
    return builder.compile(checkpointer=saver or InMemorySaver())


def test_a_failed_node_is_tried_again_by_going_on() -> None:
    saver = InMemorySaver()
    graph = single(Flaky(1, lambda: OSError("no route")), saver)

    with pytest.raises(OSError, match="no route"):
        graph.invoke({}, on("t"))
    thread = saved(saver).thread
    assert (thread.status, thread.failure and thread.failure.message) == ("failed", "no route")
    assert graph.get_state(on("t")).tasks[0].error == "OSError('no route')"
    assert graph.invoke(None, on("t")) == {"log": ["call 2"]}
    assert saved(saver).thread.failure is None


def test_the_accepted_answer_survives_a_failure() -> None:
    flaky, asked = Flaky(1), Log()

    def node(state: State) -> State:
        told = interrupt("?")
        asked(told)
        return flaky(state)

    graph = single(node)
    graph.invoke({}, on("t"))
    with pytest.raises(OSError, match="the line is down"):
        graph.invoke(Command(resume="first"), on("t"))

    assert graph.invoke(None, on("t")) == {"log": ["call 2"]}
    assert asked.taken() == ["first", "first"]


def test_a_new_answer_replaces_the_one_that_failed() -> None:
    def node(state: State) -> State:
        return {"log": [100 / interrupt("divide by?")]}

    saver = InMemorySaver()
    graph = single(node, saver)
    graph.invoke({}, on("t"))
    with pytest.raises(ZeroDivisionError):
        graph.invoke(Command(resume=0), on("t"))

    assert graph.invoke(Command(resume=4), on("t")) == {"log": [25]}


def test_a_retry_policy_counts_attempts() -> None:
    flaky = Flaky(2)

    assert single(flaky, retry_policy=AT_ONCE).invoke({}, on("t")) == {"log": ["call 3"]}

    exhausted = Flaky(3)
    with pytest.raises(OSError, match="the line is down"):
        single(exhausted, retry_policy=AT_ONCE).invoke({}, on("t"))
    assert exhausted.calls == 3


@pytest.mark.parametrize(
    ("retry_on", "error", "calls"),
    [
        (OSError, OSError, 2),
        (OSError, ConnectionError, 2),
        (OSError, ValueError, 1),
        ((KeyError, OSError), OSError, 2),
        (lambda error: "again" in str(error), lambda: ValueError("again"), 2),
        (lambda error: "again" in str(error), lambda: ValueError("never"), 1),
        (None, OSError, 2),
        (None, ValueError, 1),
        (None, RuntimeError, 1),
        (Exception, lambda: Rejected("no"), 1),
        (Exception, lambda: InvalidUpdateError("no"), 1),
        (lambda error: 1 / 0, OSError, 1),
        (Exception, lambda: GraphInterrupt(()), 1),
        (Exception, lambda: SystemExit(3), 1),
    ],
)
def test_what_is_retried(retry_on: Any, error: Any, calls: int) -> None:
    flaky = Flaky(1, error)
    policy = AT_ONCE._replace(retry_on=retry_on) if retry_on else RetryPolicy(0, jitter=False)

    last(single(flaky, retry_policy=policy).start("t", {}, InMemorySaver(), RunOptions()))

    assert flaky.calls == calls


def test_the_first_policy_that_wants_an_error_decides() -> None:
    never = AT_ONCE._replace(max_attempts=1, retry_on=OSError)
    flaky = Flaky(1)

    with pytest.raises(OSError, match="the line is down"):
        single(flaky, retry_policy=[never, AT_ONCE]).invoke({}, on("t"))
    assert flaky.calls == 1


def test_a_question_is_never_retried() -> None:
    ran = Log()

    def node(state: State) -> None:
        ran("node")
        interrupt("?")

    single(node, retry_policy=AT_ONCE).invoke({}, on("t"))
    assert ran.taken() == ["node"]


def test_a_retry_is_told_before_the_pause() -> None:
    events = single(Flaky(2), retry_policy=AT_ONCE).start("t", {}, InMemorySaver(), RunOptions())
    told = [e for e in events if isinstance(e, (TaskStarted, TaskRetried, TaskEnded))]

    assert [type(e).__name__ for e in told] == [
        "TaskStarted",
        "TaskRetried",
        "TaskRetried",
        "TaskEnded",
    ]
    assert [e.attempt for e in told if isinstance(e, TaskRetried)] == [1, 2]
    assert isinstance(told[-1], TaskEnded)
    assert told[-1].result.attempts == 3


def test_each_attempt_sees_the_state_unchanged() -> None:
    seen: list[int] = []

    def node(state: State) -> None:
        seen.append(len(state["log"]))
        state["log"].append("meddled")
        if len(seen) < 3:
            raise OSError

    single(node, retry_policy=AT_ONCE).invoke({}, on("t"))
    assert seen == [0, 0, 0]


def test_async_nodes_are_retried_too() -> None:
    flaky = Flaky(2)

    async def node(state: State) -> State:
        await asyncio.sleep(0)
        return flaky(state)

    assert single(node, retry_policy=AT_ONCE).invoke({}, on("t")) == {"log": ["call 3"]}


def test_an_async_node_has_a_timeout() -> None:
    async def node(state: State) -> None:
        await asyncio.Event().wait()

    with pytest.raises(NodeTimeoutError, match=r"node `node` took longer than 0\.01 s"):
        single(node, timeout=0.01).invoke({}, on("t"))


def test_a_timeout_of_its_own_is_not_ours() -> None:
    async def node(state: State) -> None:
        raise TimeoutError("the server did not answer")

    with pytest.raises(TimeoutError, match="the server did not answer"):
        single(node, timeout=30).invoke({}, on("t"))


def test_a_lambda_that_returns_a_coroutine_is_told_what_to_do() -> None:
    async def work(state: State) -> None: ...

    with pytest.raises(InvalidUpdateError, match="node `node` returned a coroutine"):
        single(lambda state: work(state)).invoke({}, on("t"))


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text for you")


@pytest.mark.parametrize("how", ["sync", "async", "beside", "async beside"])
@pytest.mark.parametrize(
    ("error", "type_", "message"),
    [
        (lambda: SystemExit(3), "SystemExit", "it called sys.exit(3)"),
        (lambda: GeneratorExit("odd"), "GeneratorExit", "odd"),
        (lambda: asyncio.CancelledError("odd"), "CancelledError", "odd"),
        (lambda: GraphInterrupt(("odd",)), "GraphInterrupt", "('odd',)"),
        (lambda: StopIteration("odd"), "RuntimeError", "coroutine raised StopIteration"),
        (UnprintableError, "UnprintableError", "UnprintableError"),
    ],
)
def test_whatever_a_node_raises_fails_it(
    error: Callable[[], BaseException], type_: str, message: str, how: str
) -> None:
    def node(state: State) -> None:
        raise error()

    async def async_node(state: State) -> None:
        raise error()

    saver = InMemorySaver()
    builder = StateGraph(State)
    builder.add_node("node", async_node if "async" in how else node).add_edge(START, "node")
    if "beside" in how:
        builder.add_node("other", lambda state: None).add_edge(START, "other")

    ended = last(builder.compile().start("t", {}, saver, RunOptions()))

    assert ended.status is Status.FAILED
    assert ended.failure is not None
    assert (ended.failure.type, ended.failure.message) == (type_, message)
    assert saved(saver).thread.status is Status.FAILED


def test_sys_exit_does_not_end_the_program() -> None:
    with pytest.raises(RunFailedError, match=r"it called sys\.exit\('bye'\)"):
        single(lambda state: sys.exit("bye")).invoke({}, on("t"))


def test_the_failure_of_one_keeps_the_work_of_its_siblings() -> None:
    ran, flaky = Log(), Flaky(1)

    def good(state: State) -> State:
        ran("good")
        return {"log": ["good"]}

    builder = StateGraph(State).add_node("good", good).add_node("zbad", flaky)
    builder.add_edge(START, "good").add_edge(START, "zbad")
    graph = builder.compile(checkpointer=InMemorySaver())

    with pytest.raises(OSError, match="the line is down"):
        graph.invoke({}, on("t"))
    assert graph.invoke(None, on("t")) == {"log": ["good", "call 2"]}
    assert ran.taken() == ["good"]


def test_what_has_not_begun_when_another_fails_waits() -> None:
    ran = Log()

    def work(state: State, config: dict[str, Any]) -> None:
        ran("work")

    builder = StateGraph(State).add_node("a", Flaky(1))
    for name in "bcd":
        builder.add_node(name, work).add_edge(START, name)
    builder.add_edge(START, "a")
    graph = builder.compile(checkpointer=InMemorySaver())

    with pytest.raises(OSError, match="the line is down"):
        graph.invoke({}, on("t", max_concurrency=1))
    assert ran.taken() == []
    graph.invoke(None, on("t", max_concurrency=1))
    assert ran.taken() == ["work"] * 3


def test_a_question_beside_a_failure_waits_and_the_failure_is_tried_again() -> None:
    flaky, saver = Flaky(1), InMemorySaver()
    builder = StateGraph(State).add_node("ask", lambda state: {"log": [interrupt("?")]})
    builder.add_node("bad", flaky).add_edge(START, "ask").add_edge(START, "bad")
    graph = builder.compile(checkpointer=saver)

    ended = last(graph.start("t", {}, saver, RunOptions()))
    assert (ended.status, len(ended.questions)) == (Status.WAITING, 1)
    assert ended.failure is not None
    assert graph.invoke(Command(resume="so"), on("t")) == {"log": ["so", "call 2"]}


def test_a_no_of_the_graph_ends_the_thread_and_withdraws_its_questions() -> None:
    def no(state: State) -> None:
        raise Rejected("the reviewer said no", "ask again next week")

    saver = InMemorySaver()
    builder = StateGraph(State).add_node("ask", lambda state: interrupt("?")).add_node("no", no)
    builder.add_edge(START, "ask").add_edge(START, "no")
    graph = builder.compile(checkpointer=saver)

    with pytest.raises(Rejected, match="the reviewer said no"):
        graph.invoke({}, on("t"))
    assert saved(saver).thread.status is Status.REJECTED
    assert saved(saver).thread.open == 0
    assert saved(saver).questions == ()


def test_a_reducer_that_fails_is_folded_again_without_running_nodes() -> None:
    ran, broken = Log(), [True]

    def reduce(old: list[Any], new: list[Any]) -> list[Any]:
        if broken[0]:
            raise ArithmeticError("cannot fold")
        return [*old, *new]

    class Folded(TypedDict):
        log: Annotated[list[Any], reduce]

    def node(state: Folded) -> Folded:
        ran("node")
        return {"log": ["x"]}

    builder = StateGraph(Folded).add_node("node", node).add_edge(START, "node")
    graph = builder.compile(checkpointer=InMemorySaver())

    with pytest.raises(ArithmeticError, match="cannot fold"):
        graph.invoke({}, on("t"))
    assert graph.get_state(on("t")).values == {"log": []}
    with pytest.raises(ArithmeticError, match="cannot fold"):
        graph.invoke(None, on("t"))
    broken[0] = False
    assert graph.invoke(None, on("t")) == {"log": ["x"]}
    assert ran.taken() == ["node"]


def endless(saver: InMemorySaver) -> CompiledGraph:
    builder = StateGraph(State).add_node("a", lambda state: {"log": [len(state["log"])]})
    builder.add_edge(START, "a").add_conditional_edges(
        "a", lambda state: "a" if len(state["log"]) < 5 else "__end__"
    )
    return builder.compile(checkpointer=saver)


def test_the_step_limit_leaves_a_thread_that_goes_on() -> None:
    saver = InMemorySaver()
    graph = endless(saver)

    with pytest.raises(GraphRecursionError, match="did not end within 3 supersteps"):
        graph.invoke({}, on("t", recursion_limit=3))
    assert graph.get_state(on("t")).values == {"log": [0, 1, 2]}
    assert (saved(saver).thread.status, dict(saved(saver).started)) == (Status.FAILED, {})
    assert graph.invoke(None, on("t", recursion_limit=2)) == {"log": [0, 1, 2, 3, 4]}


def test_a_limit_that_is_just_enough_is_enough() -> None:
    assert endless(InMemorySaver()).invoke({}, on("t", recursion_limit=5)) == {
        "log": [0, 1, 2, 3, 4]
    }


def test_the_superstep_in_which_start_chooses_is_not_counted() -> None:
    builder = StateGraph(State).add_node("a", lambda state: {"log": ["a"]})
    graph = builder.add_conditional_edges(START, lambda state: "a").compile()

    assert graph.invoke({}, {"recursion_limit": 1}) == {"log": ["a"]}


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="recursion_limit must be at least 1"):
        endless(InMemorySaver()).invoke({}, on("t", recursion_limit=0))


def test_answers_reach_a_failed_task_by_their_question() -> None:
    saver = InMemorySaver()
    graph = single(lambda state: {"log": [10 / interrupt("?")]}, saver)
    graph.invoke({}, on("t"))
    asked = saved(saver).questions[0]
    last(graph.go_on("t", saver, RunOptions(), [answer(asked, 0)]))

    with pytest.raises(AlreadyAnsweredError):  # whoever saw it open has lost
        last(graph.go_on("t", saver, RunOptions(), [answer(asked, 1)]))
    again = replace(answer(asked, 2), replaces="noon")
    ended = last(graph.go_on("t", saver, RunOptions(), [again]))

    assert ended.values == {"log": [5]}
