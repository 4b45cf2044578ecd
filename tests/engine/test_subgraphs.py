"""Graphs inside graphs: their questions, their state, their crashes are the thread's."""

import asyncio
import operator
import threading
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import START, Command, InMemorySaver, Send, StateGraph, interrupt
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.graph.place import place_in
from graphcli.engine.running.events import CheckpointSaved, CustomEvent, TaskEnded, TaskStarted
from graphcli.engine.running.protocol import RunOptions, Settle
from graphcli.engine.running.standing import standing_of
from graphcli.engine.values.checkpointer import Checkpointer
from graphcli.engine.values.model import Status
from graphcli.errors import (
    GraphChangedError,
    InvalidUpdateError,
    Rejected,
    RunLeftError,
    UncertainError,
)
from tests.engine.helpers import (
    AT_ONCE,
    DyingSaver,
    Log,
    WatchingSaver,
    answer,
    last,
    on,
    payloads,
    saved,
)


class State(TypedDict, total=False):
    name: Any
    log: Annotated[list[Any], operator.add]


def asking(ran: Log, **options: Any) -> CompiledGraph:
    """Return a graph whose second node asks two questions."""

    def first(state: State) -> State:
        ran("first")
        return {"log": ["first"]}

    def ask(state: State) -> State:
        ran("ask")
        return {"name": f"{interrupt('given?')} {interrupt('family?')}", "log": ["asked"]}

    builder = StateGraph(State).add_node(first).add_node(ask)
    return builder.add_edge(START, "first").add_edge("first", "ask").compile(**options)


def around(child: Any, saver: Checkpointer | None) -> CompiledGraph:
    """Return a graph with `child` as its only node."""
    builder = StateGraph(State).add_node("child", child).add_edge(START, "child")
    return builder.compile(checkpointer=saver)


# Questions --------------------------------------------------------------------------------


def test_a_subgraph_asks_and_goes_on_where_it_was(saver: Checkpointer) -> None:
    ran = Log()
    graph = around(asking(ran), saver)

    assert payloads(graph.invoke({}, on("t"))) == ["given?"]
    assert ran.taken() == ["first", "ask"]
    assert payloads(graph.invoke(Command(resume="Ada"), on("t"))) == ["family?"]
    assert graph.invoke(Command(resume="Lovelace"), on("t")) == {
        "name": "Ada Lovelace",
        "log": ["first", "asked"],
    }
    assert ran.taken() == ["ask", "ask"]


def test_a_function_that_invokes_a_graph_runs_again_and_the_graph_goes_on(
    saver: Checkpointer,
) -> None:
    ran = Log()
    child = asking(ran)

    def node(state: State) -> State:
        ran("node")
        first = child.invoke({"name": "x"})
        second = child.invoke({"name": first["name"]})
        return {"log": [first["name"], second["name"]]}

    graph = around(node, saver)
    graph.invoke({}, on("t"))
    for said in ("a", "b", "c"):
        graph.invoke(Command(resume=said), on("t"))

    assert graph.invoke(Command(resume="d"), on("t")) == {"log": ["a b", "c d"]}
    ran_once = ["node", "first", "ask", "node", "ask", "node", "ask"]
    assert ran.taken() == [*ran_once, "first", "ask", "node", "ask", "node", "ask"]


def test_questions_two_graphs_deep_have_ids_of_their_own(saver: Checkpointer) -> None:
    ran = Log()

    class Out(TypedDict):
        log: Annotated[list[Any], operator.add]

    outer = StateGraph(State, output_schema=Out).add_node("child", asking(ran))
    middle = outer.add_edge(START, "child").compile()
    builder = StateGraph(State).add_node("left", middle).add_node("right", middle)
    graph = builder.add_edge(START, "left").add_edge(START, "right").compile(checkpointer=saver)

    ended = last(graph.start("t", {}, saver, RunOptions()))
    left, right = ended.questions
    assert (left.payload, right.payload, left.id != right.id) == ("given?", "given?", True)
    assert [place.split(":")[0] for place in left.ns.split("|")] == ["left", "child"]

    ended = last(graph.go_on("t", saver, RunOptions(), [answer(right, "R")]))
    assert {q.id for q in ended.questions} >= {left.id}
    assert [q.payload for q in ended.questions] == ["given?", "family?"]
    assert sorted(ran.taken()) == ["ask", "ask", "ask", "first", "first"]
    while ended.status is Status.WAITING:
        told = [answer(q, q.payload) for q in ended.questions]
        ended = last(graph.go_on("t", saver, RunOptions(), told))
    assert ended.values["log"] == ["first", "asked", "first", "asked"]


def test_fan_out_over_a_subgraph_is_answered_in_any_order(saver: Checkpointer) -> None:
    def ask(state: State) -> State:
        return {"log": [f"{state['name']}={interrupt({'of': state['name']})}"]}

    class Out(TypedDict):
        log: Annotated[list[Any], operator.add]

    child = StateGraph(State, output_schema=Out).add_node(ask).add_edge(START, "ask").compile()
    builder = StateGraph(State).add_node("child", child)
    builder.add_conditional_edges(START, lambda s: [Send("child", {"name": n}) for n in "abc"])
    graph = builder.compile(checkpointer=saver)

    ended = last(graph.start("t", {}, saver, RunOptions()))
    open_ = {q.payload["of"]: q for q in ended.questions}
    for name in "cab":
        ended = last(graph.go_on("t", saver, RunOptions(), [answer(open_[name], name.upper())]))

    assert (ended.status, ended.values["log"]) == ("finished", ["a=A", "b=B", "c=C"])


def test_a_subgraph_and_its_neighbour_ask_and_finished_ones_are_kept(saver: Checkpointer) -> None:
    ran = Log()

    def done(state: State) -> State:
        ran("done")
        return {"log": ["done"]}

    builder = StateGraph(State).add_node("child", asking(ran)).add_node(done)
    builder.add_node("own", lambda s: {"log": [interrupt("own?")]})
    for name in ("child", "done", "own"):
        builder.add_edge(START, name)
    graph = builder.compile(checkpointer=saver)

    ended = last(graph.start("t", {}, saver, RunOptions()))
    assert sorted(q.payload for q in ended.questions) == ["given?", "own?"]
    while ended.status is Status.WAITING:
        ended = last(graph.go_on("t", saver, RunOptions(), [answer(ended.questions[0], 1)]))

    assert ended.values["log"] == ["first", "asked", "done", 1]
    assert sorted(ran.taken()) == ["ask", "ask", "ask", "done", "first"]


def test_invoke_none_asks_again(saver: Checkpointer) -> None:
    ran = Log()
    graph = around(asking(ran), saver)
    before = graph.invoke({}, on("t"))
    ran.taken()

    assert graph.invoke(None, on("t")) == before
    assert ran.taken() == ["ask"]


def test_an_answer_to_a_changed_question_in_a_subgraph_is_void(saver: Checkpointer) -> None:
    said = ["first?", "other?"]
    child = StateGraph(State).add_node("ask", lambda s: {"name": interrupt(said[0])})
    graph = around(child.add_edge(START, "ask").compile(), saver)
    asked = last(graph.start("t", {}, saver, RunOptions())).questions[0]

    said.pop(0)
    ended = last(graph.go_on("t", saver, RunOptions(), [answer(asked, "meant for the first")]))

    assert (ended.status, ended.void) == ("waiting", (asked.id,))
    assert [q.payload for q in ended.questions] == ["other?"]


@pytest.mark.parametrize("keeps", [None, True])
def test_an_answer_for_one_call_of_a_subgraph_never_counts_for_another(
    saver: Checkpointer, keeps: bool | None
) -> None:
    def ask(state: State) -> State:
        return {"log": [(state["name"], interrupt({"of": state["name"]}))]}

    builder = StateGraph(State).add_node("work", lambda s: {"log": [("work", s["name"])]})
    builder.add_node(ask).add_edge(START, "work").add_edge("work", "ask")
    child = builder.compile(checkpointer=keeps)
    order = ["ab", "ba", "ba", "ba"]

    def node(state: State) -> State:
        told = [child.invoke({"name": name})["log"] for name in order.pop(0)]
        return {"log": [[list(each) for each in log] for log in told]}

    graph = around(node, saver)
    asked = last(graph.start("t", {}, saver, RunOptions())).questions[0]
    ended = last(graph.go_on("t", saver, RunOptions(), [answer(asked, "A")]))

    assert (ended.void, [q.payload["of"] for q in ended.questions]) == ((asked.id,), ["b"])
    graph.invoke(Command(resume="B"), on("t"))
    assert graph.invoke(Command(resume="A"), on("t"))["log"] == [
        [["work", "b"], ["b", "B"]],
        [["work", "a"], ["a", "A"]],
    ]


def test_a_retry_that_calls_another_graph_gets_that_ones_result(saver: Checkpointer) -> None:
    def says(name: str) -> CompiledGraph:
        builder = StateGraph(State).add_node(name, lambda s: {"name": name})
        return builder.add_edge(START, name).compile()

    a, b, tries = says("a"), says("b"), [1]

    def node(state: State) -> Any:
        if tries:
            tries.pop()
            a.invoke({"log": []})
            raise OSError("once")
        return b.invoke({"log": []})

    builder = StateGraph(State).add_node("child", node, retry_policy=AT_ONCE)
    graph = builder.add_edge(START, "child").compile(checkpointer=saver)

    assert graph.invoke({}, on("t"))["name"] == "b"


def test_what_has_no_plain_form_does_not_hide_another_input() -> None:
    saver, items = InMemorySaver(), ["draft.txt", "prod.db"]
    child = StateGraph(State).add_node("ask", lambda s: {"name": interrupt(s["log"][1])})
    asking = child.add_edge(START, "ask").compile()
    graph = around(lambda s: asking.invoke({"log": [print, items[0]]}), saver)
    graph.invoke({}, on("t"))
    items.pop(0)

    assert payloads(graph.invoke(Command(resume="yes"), on("t"))) == ["prod.db"]


def test_by_position_an_answer_counts_for_whatever_input_there_is(saver: Checkpointer) -> None:
    drafts: list[int] = []
    child = StateGraph(State).add_node("ask", lambda s: {"name": interrupt("?", match="position")})
    asking = child.add_edge(START, "ask").compile()

    def node(state: State) -> Any:
        drafts.append(1)
        return asking.invoke({"log": [f"draft {len(drafts)}"]})

    graph = around(node, saver)
    graph.invoke({}, on("t"))

    assert graph.invoke(Command(resume="yes"), on("t"))["name"] == "yes"


def test_a_state_that_was_changed_reaches_the_questions_of_a_subgraph(
    saver: Checkpointer,
) -> None:
    graph = around(asking(Log()), saver)
    graph.invoke({}, on("t"))

    graph.invoke(Command(resume="Ada", update={"name": "changed"}), on("t"))
    assert graph.invoke(Command(resume="Lovelace"), on("t"))["name"] == "Ada Lovelace"


def test_a_subgraph_that_is_not_run_this_time_no_longer_asks(saver: Checkpointer) -> None:
    child = around(lambda s: {"name": interrupt("inside?")}, None)
    way = ["child"]

    def node(state: State) -> State:
        told = interrupt("own?")
        return child.invoke({}) if way == ["child"] else {"log": [told]}

    builder = StateGraph(State).add_node("node", node).add_edge(START, "node")
    builder.add_node("beside", lambda s: {"log": [interrupt("beside?")]}).add_edge(START, "beside")
    graph = builder.compile(checkpointer=saver)
    _, own = last(graph.start("t", {}, saver, RunOptions())).questions
    inside = last(graph.go_on("t", saver, RunOptions(), [answer(own, 1)])).questions
    assert [q.payload for q in inside] == ["beside?", "inside?"]
    way[0] = "other"

    graph.invoke(None, on("t"))
    head = saver.load("t")
    assert head is not None
    assert ([q.payload for q in _open(saver)], head.thread.open) == (["beside?"], 1)
    assert graph.invoke(Command(resume=2), on("t")) == {"log": [2, 1]}


def test_a_node_whose_subgraph_waits_does_not_run_for_another_ones_answer(
    saver: Checkpointer,
) -> None:
    ran = Log()
    child = asking(ran)

    def node(state: State) -> Any:
        ran("node")
        return child.invoke({})

    builder = StateGraph(State).add_node(node).add_edge(START, "node")
    builder.add_node("beside", lambda s: {"log": [interrupt("beside?")]}).add_edge(START, "beside")
    graph = builder.compile(checkpointer=saver)
    beside, _ = last(graph.start("t", {}, saver, RunOptions())).questions
    ran.taken()

    ended = last(graph.go_on("t", saver, RunOptions(), [answer(beside, 1)]))

    assert (ended.status, ran.taken()) == ("waiting", [])


def test_a_failed_node_in_a_subgraph_can_be_answered_anew(saver: Checkpointer) -> None:
    def ask(state: State) -> State:
        if (told := interrupt("number?")) == "bad":
            raise ValueError("no number")
        return {"name": told}

    child = StateGraph(State).add_node(ask).add_edge(START, "ask").compile()
    graph = around(child, saver)
    graph.invoke({}, on("t"))
    with pytest.raises(ValueError, match="no number"):
        graph.invoke(Command(resume="bad"), on("t"))
    with pytest.raises(ValueError, match="no number"):
        graph.invoke(None, on("t"))

    assert graph.invoke(Command(resume="good"), on("t")) == {"name": "good", "log": []}


def test_a_breakpoint_in_a_subgraph_stops_the_thread(saver: Checkpointer) -> None:
    ran = Log()
    graph = around(asking(ran, interrupt_before=["ask"]), saver)

    ended = last(graph.start("t", {}, saver, RunOptions()))
    assert (ended.status, ended.questions) == ("stopped", ())
    assert ran.taken() == ["first"]
    assert payloads(graph.invoke(None, on("t"))) == ["given?"]
    assert ran.taken() == ["ask"]


def test_a_subgraph_that_says_no_rejects_the_thread(saver: Checkpointer) -> None:
    def refuse(state: State) -> State:
        raise Rejected("not today")

    child = StateGraph(State).add_node(refuse).add_edge(START, "refuse").compile()
    builder = StateGraph(State).add_node("child", child)
    builder.add_node("ask", lambda s: {"name": interrupt("?")})
    graph = builder.add_edge(START, "child").add_edge(START, "ask").compile()

    ended = last(graph.start("t", {}, saver, RunOptions()))

    assert (ended.status, ended.questions) == ("rejected", ())
    assert _open(saver) == ()


# State ------------------------------------------------------------------------------------


def test_a_subgraph_shares_the_keys_that_both_have(saver: Checkpointer) -> None:
    class Inner(TypedDict, total=False):
        name: str
        private: str

    def node(state: Inner) -> Inner:
        assert state == {"name": "Ada"}
        return {"name": "Grace", "private": "x"}

    child = StateGraph(Inner).add_node(node).add_edge(START, "node").compile()

    assert around(child, saver).invoke({"name": "Ada"}, on("t")) == {"name": "Grace", "log": []}


@pytest.mark.parametrize(
    ("keeps", "log"),
    [(None, ["first", "asked"]), (True, ["first", "asked"] * 2), (False, ["first", "asked"])],
)
def test_what_a_subgraph_keeps_from_call_to_call(
    saver: Checkpointer, keeps: bool | None, log: list[str]
) -> None:
    child = asking(Log(), checkpointer=keeps)
    graph = around(lambda s: {"name": child.invoke({})["log"]}, saver)
    told: list[Any] = [{}, Command(resume=1), Command(resume=2)]
    for said in told:
        graph.invoke(said, on("t"))

    for said in told[:2]:
        graph.invoke(said, on("t"))
    assert graph.invoke(Command(resume=4), on("t"))["name"] == log


def test_without_checkpoints_a_subgraph_begins_anew_with_each_answer(saver: Checkpointer) -> None:
    ran = Log()
    graph = around(asking(ran, checkpointer=False), saver)
    told: list[Any] = [{}, Command(resume=1), Command(resume=2)]
    for said in told:
        graph.invoke(said, on("t"))

    assert ran.taken() == ["first", "ask"] * 3


def test_with_a_thread_of_its_own_a_graph_does_not_pause_the_one_that_invokes_it(
    saver: Checkpointer,
) -> None:
    child = asking(Log())
    graph = around(lambda s: {"name": list(child.invoke({}, on("other")))}, saver)

    assert graph.invoke({}, on("t"))["name"] == ["log", "__interrupt__"]
    assert [q.payload for q in _open(saver, "other")] == ["given?"]
    assert _open(saver) == ()


def test_a_graph_that_keeps_state_for_others_is_no_root() -> None:
    with pytest.raises(RuntimeError, match="checkpointer=True"):
        asking(Log(), checkpointer=True).invoke({}, on("t"))


# Commands to the parent ---------------------------------------------------------------------


def test_a_command_to_the_parent_is_the_result_of_the_task(saver: Checkpointer) -> None:
    def up(state: State) -> Command[str]:
        return Command(graph=Command.PARENT, update={"name": "sent up"}, goto="after")

    child = StateGraph(State).add_node(up).add_edge(START, "up").compile()
    builder = StateGraph(State).add_node("child", child).add_edge(START, "child")
    builder.add_node("after", lambda s: {"log": [s["name"]]})
    graph = builder.compile(checkpointer=saver)

    assert graph.invoke({}, on("t")) == {"name": "sent up", "log": ["sent up"]}


def test_a_command_to_the_parent_goes_one_graph_up(saver: Checkpointer) -> None:
    def up(state: State) -> Command[str]:
        return Command(graph=Command.PARENT, update={"log": ["up"]}, goto="after")

    inner = StateGraph(State).add_node(up).add_edge(START, "up").compile()
    builder = StateGraph(State).add_node("inner", inner).add_edge(START, "inner")
    builder.add_node("after", lambda s: {"name": "in the middle"})
    graph = around(builder.compile(), saver)

    assert graph.invoke({}, on("t")) == {"name": "in the middle", "log": ["up"]}


def test_the_root_has_no_parent() -> None:
    graph = around(lambda s: Command(graph=Command.PARENT, goto="x"), None)

    with pytest.raises(InvalidUpdateError, match="There is no parent graph"):
        graph.invoke({})


# Events -------------------------------------------------------------------------------------


def test_what_happens_inside_is_told_with_its_namespace(saver: Checkpointer) -> None:
    def speak(state: State, writer: Callable[[Any], None]) -> State:
        writer("hello")
        return {"log": ["spoke"]}

    child = StateGraph(State).add_node(speak).add_edge(START, "speak").compile()
    events = list(around(child, saver).start("t", {}, saver, RunOptions()))

    task = next(e.task for e in events if isinstance(e, TaskStarted) and e.node == "child")
    inside = place_in("", "child", task)
    told = [
        (type(e).__name__, e.ns)
        for e in events
        if isinstance(e, TaskStarted | TaskEnded | CheckpointSaved | CustomEvent)
    ]
    assert told == [
        ("CheckpointSaved", ""),
        ("CheckpointSaved", ""),
        ("TaskStarted", ""),
        ("CheckpointSaved", inside),
        ("CheckpointSaved", inside),
        ("TaskStarted", inside),
        ("CustomEvent", inside),
        ("TaskEnded", inside),
        ("CheckpointSaved", inside),
        ("TaskEnded", ""),
        ("CheckpointSaved", ""),
    ]


# Async --------------------------------------------------------------------------------------


def test_async_nodes_of_a_subgraph_run_on_the_callers_loop(saver: Checkpointer) -> None:
    loops = []

    async def node(state: State) -> State:
        loops.append(asyncio.get_running_loop())
        return {"log": [interrupt("?")]}

    child = StateGraph(State).add_node(node).add_edge(START, "node").compile()
    graph = around(child, saver)

    async def session() -> Any:
        await graph.ainvoke({}, on("t"))
        return loops, asyncio.get_running_loop(), await graph.ainvoke(Command(resume=1), on("t"))

    seen, own, output = asyncio.run(session())
    assert (seen, output) == ([own, own], {"log": [1]})


def test_subgraphs_that_one_node_awaits_together_each_get_their_answer(
    saver: Checkpointer,
) -> None:
    async def ask(state: State) -> State:
        return {"log": [(state["name"], interrupt({"of": state["name"]}))]}

    child = StateGraph(State).add_node(ask).add_edge(START, "ask").compile()

    async def both(state: State) -> State:
        outputs = await asyncio.gather(*[child.ainvoke({"name": name}) for name in "ab"])
        return {"log": [entry for output in outputs for entry in output["log"]]}

    graph = around(both, saver)
    asyncio.run(graph.ainvoke({}, on("t")))
    while open_ := _open(saver):
        told = {open_[-1].id: open_[-1].payload["of"].upper()}
        output = asyncio.run(graph.ainvoke(Command(resume=told), on("t")))

    assert [tuple(entry) for entry in output["log"]] == [("a", "A"), ("b", "B")]


def test_an_async_node_may_invoke_a_graph_with_async_nodes() -> None:
    async def inner(state: State) -> State:
        return {"log": ["inner"]}

    child = StateGraph(State).add_node(inner).add_edge(START, "inner").compile()

    async def node(state: State) -> Any:
        return child.invoke({})

    assert around(node, None).invoke({}) == {"log": ["inner"]}


def test_a_subgraph_that_is_left_at_work_when_another_asks_is_waited_for() -> None:
    saver, asked = WatchingSaver(), threading.Event()
    saver.notice = lambda result: asked.set() if result.asked is not None else None

    async def ask(state: State) -> State:
        if state["name"] == "b":
            await asyncio.to_thread(asked.wait, 10)
        return {"log": [interrupt({"of": state["name"]})]}

    child = StateGraph(State).add_node(ask).add_edge(START, "ask").compile()

    async def both(state: State) -> State:
        await asyncio.gather(*[child.ainvoke({"name": name}) for name in "ab"])
        return {}

    ended = last(around(both, saver).start("t", {}, saver, RunOptions()))

    assert (ended.status, [q.payload["of"] for q in ended.questions]) == ("waiting", ["a", "b"])


# Retries and failures -----------------------------------------------------------------------


def test_a_retry_goes_on_with_the_subgraph_where_it_failed(saver: Checkpointer) -> None:
    ran, errors = Log(), [OSError("once")]

    def second(state: State) -> State:
        ran("second")
        if errors:
            raise errors.pop()
        return {"log": ["second"]}

    builder = StateGraph(State).add_node("first", lambda s: ran("first")).add_node(second)
    child = builder.add_edge(START, "first").add_edge("first", "second").compile()
    parent = StateGraph(State).add_node("child", child, retry_policy=AT_ONCE)
    graph = parent.add_edge(START, "child").compile(checkpointer=saver)

    assert graph.invoke({}, on("t")) == {"log": ["second"]}
    assert ran.taken() == ["first", "second", "second"]


def test_a_node_that_a_subgraph_has_lost_is_missed_before_an_answer_is_taken(
    saver: Checkpointer,
) -> None:
    around(asking(Log()), saver).invoke({}, on("t"))
    builder = StateGraph(State).add_node("first", lambda s: {}).add_node("asks", lambda s: {})
    changed = around(builder.add_edge(START, "first").compile(), saver)
    (question,) = _open(saver)

    with pytest.raises(GraphChangedError, match=r"`child/ask`.*did you mean `child/asks`"):
        last(changed.go_on("t", saver, RunOptions(), [answer(question, 1)]))

    assert _open(saver) == (question,)


# Crashes ------------------------------------------------------------------------------------


def fatal(saver: DyingSaver, ran: Log, *, as_node: bool = True) -> CompiledGraph:
    """Return a graph whose subgraph takes the process with it in its second node, once."""
    lives = [True]

    def deploy(state: State) -> State:
        ran("deploy")
        if lives:
            lives.clear()
            saver.die()
        return {"log": ["deployed"]}

    def first(state: State) -> State:
        ran("first")
        return {"log": ["first"]}

    builder = StateGraph(State).add_node(first).add_node(deploy)
    child = builder.add_edge(START, "first").add_edge("first", "deploy").compile()
    return around(child if as_node else lambda state: child.invoke(state), saver)


def crashed(ran: Log, *, as_node: bool = True) -> tuple[CompiledGraph, DyingSaver]:
    saver = DyingSaver()
    graph = fatal(saver, ran, as_node=as_node)
    with pytest.raises(KeyboardInterrupt):
        list(graph.start("t", {}, saver, RunOptions()))
    saver.revive()
    return graph, saver


def settled(graph: CompiledGraph, saver: InMemorySaver, *settle: Settle) -> Any:
    return last(graph.go_on("t", saver, RunOptions(), settle=settle))


def test_a_task_inside_that_may_have_run_is_a_question() -> None:
    ran = Log()
    graph, saver = crashed(ran)

    ended = settled(graph, saver)
    assert (ended.status, [task.node for task in ended.uncertain]) == ("uncertain", ["deploy"])
    with pytest.raises(UncertainError, match="`deploy`"):
        graph.invoke(None, on("t"))
    assert ran.taken() == ["first", "deploy"]


@pytest.mark.parametrize(
    ("verdict", "status", "log", "again"),
    [
        (Settle("rerun"), "finished", ["first", "deployed"], ["deploy"]),
        (Settle("done", update={"log": ["by hand"]}), "finished", ["first", "by hand"], []),
        (Settle("give_up"), "failed", [], []),
    ],
)
def test_a_task_inside_is_settled(
    verdict: Settle, status: str, log: list[str], again: list[str]
) -> None:
    ran = Log()
    graph, saver = crashed(ran)
    ran.taken()

    ended = settled(graph, saver, verdict)

    assert (ended.status, ended.values["log"], ran.taken()) == (status, log, again)


def test_a_subgraph_runs_again_when_all_that_is_uncertain_in_it_is_settled() -> None:
    saver, ran, left = DyingSaver(), Log(), threading.Event()
    both = threading.Barrier(2)
    lives = [True]

    def node(name: str) -> Any:
        def run(state: State) -> State:
            ran(name)
            if lives:
                both.wait(10)
                if name == "b":
                    left.wait(10)
                else:
                    lives.clear()
                    saver.die()
            return {"log": [name]}

        return run

    builder = StateGraph(State).add_node("a", node("a")).add_node("b", node("b"))
    child = builder.add_edge(START, "a").add_edge(START, "b").compile()
    graph = around(child, saver)
    with pytest.raises(KeyboardInterrupt):
        list(graph.start("t", {}, saver, RunOptions()))
    saver.revive()
    ran.taken()

    ended = settled(graph, saver, Settle("rerun", "a"))
    assert (ended.status, ran.taken()) == ("uncertain", [])
    ended = settled(graph, saver, Settle("rerun", "a"), Settle("rerun", "b"))
    left.set()
    assert (ended.status, ended.values["log"], sorted(ran.taken())) == (
        "finished",
        ["a", "b"],
        ["a", "b"],
    )


def test_the_end_of_a_subgraph_is_not_the_end_of_the_thread() -> None:
    saver, lives = DyingSaver(), [True]
    child = StateGraph(State).add_node("work", lambda s: {"log": ["work"]})
    ends = child.add_edge(START, "work").compile()

    def node(state: State) -> Any:
        output = ends.invoke({})
        if lives:
            lives.clear()
            saver.die()
        return output

    graph = around(node, saver)
    with pytest.raises(KeyboardInterrupt):
        list(graph.start("t", {}, saver, RunOptions()))
    saver.revive()

    assert standing_of(saved(saver), saver).status is Status.UNCERTAIN
    assert settled(graph, saver, Settle("rerun")).values["log"] == ["work"]


def test_an_update_that_does_not_fit_a_task_inside_is_refused_before_anything_moves() -> None:
    ran = Log()
    graph, saver = crashed(ran)

    with pytest.raises(InvalidUpdateError, match="did you mean `log`"):
        settled(graph, saver, Settle("done", update={"lug": []}))
    ended = settled(graph, saver)

    assert (ended.status, [task.node for task in ended.uncertain]) == ("uncertain", ["deploy"])
    assert ran.taken() == ["first", "deploy"]


def test_a_function_that_was_cut_off_is_settled_before_the_graph_that_it_ran() -> None:
    ran = Log()
    graph, saver = crashed(ran, as_node=False)

    ended = settled(graph, saver)
    assert [task.node for task in ended.uncertain] == ["child"]
    ended = settled(graph, saver, Settle("rerun"))
    assert (ended.status, [task.node for task in ended.uncertain]) == ("uncertain", ["deploy"])
    ended = settled(graph, saver, Settle("rerun"))
    assert (ended.status, ended.values["log"]) == ("finished", ["first", "deployed"])
    assert ran.taken() == ["first", "deploy", "deploy"]


def test_what_a_left_run_still_does_is_not_kept() -> None:
    saver, inside, left, told = WatchingSaver(), threading.Event(), threading.Event(), []

    def slow(state: State) -> State:
        inside.set()
        left.wait(10)
        return {"log": ["late"]}

    child = StateGraph(State).add_node(slow).add_edge(START, "slow").compile()
    over = threading.Event()

    def node(state: State) -> Any:
        try:
            return child.invoke({})
        except BaseException as error:
            told.append(type(error))
            raise
        finally:
            over.set()

    def interrupted(state: State) -> State:
        inside.wait(10)
        raise KeyboardInterrupt

    builder = StateGraph(State).add_node("child", node).add_node(interrupted)
    graph = builder.add_edge(START, "child").add_edge(START, "interrupted").compile()
    with pytest.raises(KeyboardInterrupt):
        list(graph.start("t", {}, saver, RunOptions()))
    count = len(saver.commits)
    assert standing_of(saved(saver), saver).status is Status.UNCERTAIN

    left.set()
    over.wait(10)

    assert (told, len(saver.commits)) == ([RunLeftError], count)


def test_a_subgraph_that_is_cut_off_in_its_own_thread_is_uncertain() -> None:
    saver, inside, left = WatchingSaver(), threading.Event(), threading.Event()

    def slow(state: State) -> State:
        inside.set()
        left.wait(10)
        return {}

    def interrupted(state: State) -> State:
        inside.wait(10)
        raise KeyboardInterrupt

    child = StateGraph(State).add_node(slow).add_edge(START, "slow").compile()
    builder = StateGraph(State).add_node("child", child).add_edge(START, "child")
    builder.add_node(interrupted, on_crash="rerun").add_edge(START, "interrupted")
    with pytest.raises(KeyboardInterrupt):
        list(builder.compile().start("t", {}, saver, RunOptions()))

    standing = standing_of(saved(saver), saver)
    left.set()
    assert (standing.status, [task.node for task in standing.uncertain]) == ("uncertain", ["slow"])


def _open(saver: Any, thread: str = "t") -> Any:
    head = saver.load(thread)
    return standing_of(head, saver).questions
