"""Async nodes beside sync ones, and ainvoke and astream."""

import asyncio
import contextvars
import functools
import operator
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import START, Command, InMemorySaver, StateGraph, interrupt
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.running.protocol import RunOptions, Settle
from graphcli.engine.running.workers import Loop
from graphcli.engine.values.model import Status
from tests.engine.helpers import Log, last, on, payloads, saved


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]


def beside(saver: InMemorySaver | None = None, **nodes: Any) -> CompiledGraph:
    """Return a graph whose nodes all run in the first superstep."""
    builder = StateGraph(State)
    for name, node in nodes.items():
        builder.add_node(name, node).add_edge(START, name)
    return builder.compile(checkpointer=saver)


def run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return asyncio.run(asyncio.wait_for(work(), 20))


def test_async_nodes_share_one_loop_and_run_beside_sync_ones() -> None:
    loops: set[asyncio.AbstractEventLoop] = set()
    met = asyncio.Event()
    sync_ran = threading.Event()

    async def first(state: State) -> State:
        loops.add(asyncio.get_running_loop())
        await met.wait()
        assert await asyncio.to_thread(sync_ran.wait, 10)
        return {"log": ["first"]}

    async def second(state: State) -> State:
        loops.add(asyncio.get_running_loop())
        met.set()
        return {"log": ["second"]}

    def third(state: State) -> State:
        sync_ran.set()
        return {"log": ["third"]}

    graph = beside(a=first, b=second, c=third)

    assert graph.invoke({}) == {"log": ["first", "second", "third"]}
    assert len(loops) == 1
    assert all(loop.is_closed() for loop in loops)


def test_the_loop_is_kept_from_one_superstep_to_the_next() -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def node(state: State) -> None:
        loops.append(asyncio.get_running_loop())

    builder = StateGraph(State).add_sequence([("a", node), ("b", node)]).set_entry_point("a")
    builder.compile().invoke({})

    assert loops[0] is loops[1]


def test_more_async_tasks_than_there_are_workers_run_together() -> None:
    count = 100
    arrived: list[int] = []
    everybody = asyncio.Event()

    async def node(state: State) -> None:
        arrived.append(1)
        if len(arrived) == count:
            everybody.set()
        await everybody.wait()

    beside(None, **{f"n{number}": node for number in range(count)}).invoke({})
    assert len(arrived) == count


def test_async_questions_branches_and_answers() -> None:
    async def node(state: State) -> State:
        return {"log": [interrupt("node?")]}

    async def path(state: State) -> str:
        await asyncio.sleep(0)
        return str(interrupt("branch?"))

    builder = StateGraph(State).add_node("ask", node).add_node("end", lambda s: {"log": ["end"]})
    builder.add_edge(START, "ask").add_conditional_edges("ask", path)
    graph = builder.compile(checkpointer=InMemorySaver())

    async def work() -> None:
        assert payloads(await graph.ainvoke({}, on("t"))) == ["node?"]
        assert payloads(await graph.ainvoke(Command(resume="so"), on("t"))) == ["branch?"]
        assert await graph.ainvoke(Command(resume="end"), on("t")) == {"log": ["so", "end"]}

    run(work)


def test_what_a_node_leaves_on_the_loop_is_cancelled_at_the_end() -> None:
    ended = Log()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended("cancelled")

    left: list[Any] = []

    async def node(state: State) -> None:
        left.append(asyncio.create_task(forever()))
        await asyncio.sleep(0)

    beside(a=node).invoke({})
    assert ended.taken() == ["cancelled"]


def test_ainvoke_runs_async_nodes_on_the_callers_loop() -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def node(state: State) -> None:
        loops.append(asyncio.get_running_loop())

    async def work() -> None:
        await beside(a=node).ainvoke({})
        assert loops == [asyncio.get_running_loop()]

    run(work)


def test_ainvoke_does_not_block_the_loop() -> None:
    ticked = threading.Event()

    def slow(state: State) -> State:
        assert ticked.wait(10), "the loop stood still while a sync node ran"
        return {"log": ["slow"]}

    async def tick() -> None:
        ticked.set()

    async def work() -> None:
        output, _ = await asyncio.gather(beside(a=slow).ainvoke({}), tick())
        assert output == {"log": ["slow"]}

    run(work)


def test_context_variables_reach_the_nodes_and_do_not_come_back() -> None:
    variable = contextvars.ContextVar("variable", default="unset")

    def node(state: State) -> State:
        seen = variable.get()
        variable.set("changed by a node")
        return {"log": [seen]}

    async def async_node(state: State) -> State:
        return node(state)

    async def work() -> None:
        variable.set("callers")
        assert await beside(a=async_node, b=node).ainvoke({}) == {"log": ["callers", "callers"]}
        assert variable.get() == "callers"

    run(work)
    variable.set("callers")
    assert beside(a=node).invoke({}) == {"log": ["callers"]}
    assert variable.get() == "callers"


def test_ainvoke_raises_what_a_node_raised() -> None:
    async def node(state: State) -> None:
        raise OSError("down")

    with pytest.raises(OSError, match="down"):
        run(lambda: beside(a=node).ainvoke({}))


def test_astream_raises_what_a_node_raised_after_its_last_chunk() -> None:
    def broken(state: State) -> State:
        raise ValueError("broken")

    builder = StateGraph(State).add_sequence([("a", lambda s: {"log": ["a"]}), ("b", broken)])
    graph = builder.set_entry_point("a").compile(checkpointer=InMemorySaver())
    chunks = []

    async def work() -> None:
        async for chunk in graph.astream({}, on("t")):
            chunks.append(chunk)  # noqa: PERF401 - those before the error are wanted.

    with pytest.raises(ValueError, match="broken"):
        run(work)
    assert chunks == [{"a": {"log": ["a"]}}]


def test_astream_goes_on_when_the_next_chunk_is_asked_for() -> None:
    ran = Log()
    builder = StateGraph(State).add_sequence(
        [(name, lambda state, name=name: ran(name)) for name in "abc"]
    )
    graph = builder.set_entry_point("a").compile(checkpointer=InMemorySaver())

    async def work() -> list[list[str]]:
        chunks = graph.astream({}, on("t"), stream_mode="updates")
        return [ran.taken() async for _ in chunks]

    assert run(work) == [["a"], ["b"], ["c"]]


def test_astream_raises_what_a_node_raised_after_its_chunks() -> None:
    async def node(state: State) -> None:
        raise ValueError("boom")

    builder = StateGraph(State).add_node("a", lambda state: {"log": ["a"]}).add_node("b", node)
    graph = builder.add_edge(START, "a").add_edge("a", "b").compile()

    async def work() -> None:
        chunks = graph.astream({}, stream_mode="updates")
        assert await anext(chunks) == {"a": {"log": ["a"]}}
        await anext(chunks)

    with pytest.raises(ValueError, match="boom"):
        run(work)


def test_leaving_astream_parks_the_thread() -> None:
    saver, ran = InMemorySaver(), Log()
    builder = StateGraph(State).add_sequence(
        [(name, lambda state, name=name: ran(name)) for name in "abc"]
    )
    graph = builder.set_entry_point("a").compile(checkpointer=saver)

    async def work() -> None:
        chunks: AsyncIterator[Any] = graph.astream({}, on("t"), stream_mode="updates")
        await anext(chunks)
        await chunks.aclose()  # type: ignore[attr-defined]  # it is a generator.

    run(work)
    assert (ran.taken(), saver.holder("t")) == (["a"], None)
    assert saved(saver).thread.status is Status.STOPPED
    graph.invoke(None, on("t"))
    assert ran.taken() == ["b", "c"]


@pytest.mark.parametrize("also_sync", [False, True])
def test_a_cancelled_caller_cancels_async_nodes_and_leaves_them_uncertain(
    *, also_sync: bool
) -> None:
    saver, cleaned, lives = InMemorySaver(), Log(), [True]
    sync_may_end = threading.Event()

    async def node(state: State) -> State:
        if lives:
            lives.clear()
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                cleaned("up")
                sync_may_end.set()
        return {"log": ["ran"]}

    def other(state: State) -> State:
        assert sync_may_end.wait(10)
        return {"log": ["sync"]}

    graph = beside(saver, a=node, **({"b": other} if also_sync else {}))
    started = asyncio.Event()

    async def work() -> None:
        running = asyncio.create_task(graph.ainvoke({}, on("t")))
        await started.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert (cleaned.taken(), saver.holder("t")) == (["up"], None)

    run(work)
    assert saved(saver).thread.status is Status.UNCERTAIN
    ended = last(graph.go_on("t", saver, RunOptions(), settle=[Settle("rerun")]))
    assert ended.values == {"log": ["ran", "sync"] if also_sync else ["ran"]}


def test_a_caller_cancelled_during_a_sync_node_waits_for_it_and_keeps_its_work() -> None:
    saver, ran = InMemorySaver(), Log()
    started, cancelled = threading.Event(), threading.Event()

    def first(state: State) -> State:
        started.set()
        assert cancelled.wait(10)
        return {"log": ["first"]}

    builder = StateGraph(State).add_node(first).add_node("second", lambda state: ran("second"))
    builder.add_edge(START, "first").add_edge("first", "second")
    graph = builder.compile(checkpointer=saver)

    async def work() -> None:
        running = asyncio.create_task(graph.ainvoke({}, on("t")))
        assert await asyncio.to_thread(started.wait, 10)
        running.cancel()
        await asyncio.sleep(0)
        cancelled.set()
        with pytest.raises(asyncio.CancelledError):
            await running

    run(work)
    assert (saver.holder("t"), ran.taken()) == (None, [])
    assert saved(saver).thread.status is Status.STOPPED
    assert graph.get_state(on("t")).values == {"log": ["first"]}


def test_a_timeout_around_ainvoke_is_kept() -> None:
    async def node(state: State) -> None:
        await asyncio.Event().wait()

    async def work() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(beside(a=node).ainvoke({}), 0.01)

    run(work)


def test_an_async_graph_inside_an_async_node() -> None:
    async def inner_node(state: State) -> State:
        return {"log": ["inner"]}

    inner = beside(a=inner_node)

    async def both_ways(state: State) -> State:
        return {"log": [*(await inner.ainvoke({}))["log"], *inner.invoke({})["log"]]}

    outer = beside(a=both_ways)

    assert outer.invoke({}) == {"log": ["inner", "inner"]}
    assert run(lambda: outer.ainvoke({})) == {"log": ["inner", "inner"]}


def test_callable_objects_and_partials_may_be_async() -> None:
    class Node:
        async def __call__(self, state: State) -> State:
            return {"log": ["object"]}

    async def node(what: str, state: State) -> State:
        return {"log": [what]}

    assert beside(a=Node(), b=functools.partial(node, "partial")).invoke({}) == {
        "log": ["object", "partial"]
    }


def test_what_is_wrong_from_the_start_is_raised_where_it_is_awaited() -> None:
    graph = beside(a=lambda state: None)

    async def work() -> None:
        with pytest.raises(ValueError, match="recursion_limit"):
            await graph.ainvoke({}, {"recursion_limit": 0})
        with pytest.raises(ValueError, match="no stream mode"):
            graph.astream({}, stream_mode="vlaues")  # type: ignore[arg-type]  # on purpose.
        with pytest.raises(TypeError, match="interrupt_befor"):
            await graph.ainvoke({}, interrupt_befor=["a"])  # type: ignore[call-arg]  # on purpose.

    run(work)


def test_a_task_that_is_cancelled_before_it_begins_is_told_as_lost() -> None:
    told = Log()

    async def never() -> str:
        return "began"

    async def work() -> None:
        loop = Loop(asyncio.get_running_loop())
        loop.leave()
        lost = asyncio.Event()
        loop.submit(never(), lost.set, told)
        await lost.wait()

    run(work)
    assert told.taken() == []


def asking(saver: InMemorySaver | None = None) -> CompiledGraph:
    async def node(state: State) -> State:
        return {"log": [interrupt("node?")]}

    return beside(saver or InMemorySaver(), a=node)


def test_the_async_twins_of_looking_at_a_thread() -> None:
    graph = asking()

    async def work() -> None:
        await graph.ainvoke({"log": ["in"]}, on("t"))
        assert await graph.aget_state(on("t")) == graph.get_state(on("t"))
        history = [snapshot async for snapshot in graph.aget_state_history(on("t"))]
        assert history == list(graph.get_state_history(on("t")))
        limited = graph.aget_state_history(on("t"), filter={"source": "loop"}, limit=1)
        assert [snapshot async for snapshot in limited] == history[:1]
        before = graph.aget_state_history(on("t"), before=history[0].config)
        assert [snapshot async for snapshot in before] == history[1:]
        config = await graph.aupdate_state(on("t"), {"log": ["more"]}, as_node="a")
        assert graph.get_state(config).values == {"log": ["in", "more"]}
        assert await graph.aget_graph() == graph.get_graph(xray=True)

    run(work)


def test_the_async_twins_raise_what_their_sync_twins_raise() -> None:
    graph = beside(a=lambda state: None)

    async def work() -> None:
        for twin in (graph.aget_state(on("t")), graph.aupdate_state(on("t"), {}, "a")):
            with pytest.raises(ValueError, match="No checkpointer set"):
                await twin
        with pytest.raises(ValueError, match="No checkpointer set"):
            await anext(graph.aget_state_history(on("t")))

    run(work)


def test_looking_at_a_thread_does_not_block_the_loop() -> None:
    ticked, threads = threading.Event(), set[threading.Thread]()

    class Slow(InMemorySaver):
        def load(self, *place: Any) -> Any:
            threads.add(threading.current_thread())
            assert ticked.wait(10), "the loop stood still while a thread was read"
            return super().load(*place)

    async def tick() -> None:
        ticked.set()

    async def work() -> None:
        graph = asking(Slow())
        await asyncio.gather(graph.aget_state(on("t")), tick())
        assert threading.main_thread() not in threads

    run(work)


def test_a_history_can_be_read_while_the_thread_is_used() -> None:
    saver = InMemorySaver()
    graph = asking(saver)

    async def work() -> None:
        await graph.ainvoke({"log": ["in"]}, on("t"))
        async for snapshot in graph.aget_state_history(on("t")):
            assert graph.get_state(snapshot.config) == snapshot

    run(work)


def test_a_cancelled_update_is_waited_for() -> None:
    writing, cancelled = threading.Event(), threading.Event()

    class Slow(InMemorySaver):
        def commit(self, commit: Any) -> None:
            writing.set()
            assert cancelled.wait(10)
            super().commit(commit)

    saver = Slow()
    graph = asking(saver)

    async def work() -> None:
        updating = asyncio.create_task(graph.aupdate_state(on("t"), {"log": ["x"]}, "a"))
        assert await asyncio.to_thread(writing.wait, 10)
        updating.cancel()
        await asyncio.sleep(0)
        cancelled.set()
        with pytest.raises(asyncio.CancelledError):
            await updating
        assert saver.holder("t") is None

    run(work)
    assert graph.get_state(on("t")).values == {"log": ["x"]}


def test_shapes_of_ainvoke_and_astream_are_those_of_invoke_and_stream() -> None:
    graph = asking()

    async def work() -> None:
        told = await graph.ainvoke({}, on("t"), version="v2")
        assert [i.value for i in told.interrupts] == ["node?"]
        answer: Any = Command(resume="so")
        chunks = await graph.ainvoke(answer, on("t"), stream_mode=["tasks", "values"])
        assert [mode for mode, _ in chunks] == ["values", "tasks", "tasks", "values"]
        parts = [
            part async for part in graph.astream(None, on("t"), stream_mode="values", version="v2")
        ]
        assert parts == [{"type": "values", "ns": (), "data": {"log": ["so"]}, "interrupts": ()}]

    run(work)


@pytest.mark.parametrize("how", ["ainvoke", "astream"])
def test_a_caller_cancelled_amid_parallel_async_nodes_leaves_a_thread_that_goes_on(
    how: str,
) -> None:
    saver, ran, lives = InMemorySaver(), Log(), [True]
    hanging = [asyncio.Event(), asyncio.Event()]

    async def quick(state: State) -> State:
        ran("quick")
        return {"log": ["quick"]}

    def stuck(number: int) -> Any:
        async def node(state: State) -> State:
            ran(f"stuck{number}")
            if lives:
                hanging[number].set()
                await asyncio.Event().wait()
            return {"log": [f"stuck{number}"]}

        return node

    graph = beside(saver, quick=quick, stuck0=stuck(0), stuck1=stuck(1))

    async def drive() -> None:
        if how == "ainvoke":
            await graph.ainvoke({}, on("t"))
        async for _ in graph.astream({}, on("t"), stream_mode="custom"):
            pass

    async def work() -> None:
        driving = asyncio.create_task(drive())
        for each in hanging:
            await each.wait()
        driving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await driving

    run(work)
    assert sorted(ran.taken()) == ["quick", "stuck0", "stuck1"]
    assert (saver.holder("t"), saved(saver).thread.status) == (None, Status.UNCERTAIN)
    lives.clear()
    tasks = {task.node: task.id for task in saved(saver).checkpoint.tasks}
    settle = [Settle("rerun", tasks["stuck0"]), Settle("rerun", tasks["stuck1"])]
    ended = last(graph.go_on("t", saver, RunOptions(), settle=settle))
    assert ended.values == {"log": ["quick", "stuck0", "stuck1"]}
    assert sorted(ran.taken()) == ["stuck0", "stuck1"]


def test_a_caller_cancelled_between_chunks_stops_the_run_before_the_next_superstep() -> None:
    saver, ran = InMemorySaver(), Log()
    started, cancelled = threading.Event(), threading.Event()

    def first(state: State) -> None:
        started.set()
        assert cancelled.wait(10)

    builder = StateGraph(State).add_node(first).add_node("second", lambda state: ran("second"))
    builder.add_edge(START, "first").add_edge("first", "second")
    graph = builder.compile(checkpointer=saver)

    async def drive() -> None:
        async for _ in graph.astream({}, on("t"), stream_mode="custom"):
            pass

    async def work() -> None:
        driving = asyncio.create_task(drive())
        assert await asyncio.to_thread(started.wait, 10)
        driving.cancel()
        await asyncio.sleep(0)
        cancelled.set()
        with pytest.raises(asyncio.CancelledError):
            await driving

    run(work)
    assert (ran.taken(), saved(saver).thread.status) == ([], Status.STOPPED)
