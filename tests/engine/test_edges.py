"""Where a node leads: edges, branches, waiting edges, Commands and Sends."""

import operator
import threading
from typing import Annotated, Any, Literal, TypedDict

import pytest

from graphcli import END, START, Command, InMemorySaver, Send, StateGraph, interrupt
from graphcli.errors import InvalidGraphError, InvalidUpdateError
from tests.engine.helpers import on, payloads


class State(TypedDict, total=False):
    log: Annotated[list[str], operator.add]
    kind: str


def builder_with(*names: str) -> StateGraph:
    """Return a builder whose nodes log their names."""
    builder = StateGraph(State)
    for name in names:
        builder.add_node(name, lambda state, name=name: {"log": [name]})
    return builder


def log(builder: StateGraph, **given: Any) -> list[str]:
    output: State = builder.compile().invoke(given)
    return output["log"]


def test_a_chain_runs_in_order() -> None:
    builder = builder_with("a", "b", "c")
    builder.add_edge(START, "a").add_edge("a", "b").add_edge("b", "c").add_edge("c", END)

    assert log(builder) == ["a", "b", "c"]


def test_a_fan_out_folds_by_name_whoever_is_first() -> None:
    z_is_done = threading.Event()
    builder = StateGraph(State)

    def a(state: State) -> State:
        assert z_is_done.wait(10)
        return {"log": ["a"]}

    def z(state: State) -> State:
        z_is_done.set()
        return {"log": ["z"]}

    builder.add_node(a).add_node(z).add_edge(START, "z").add_edge(START, "a")

    assert log(builder) == ["a", "z"]


def test_two_edges_to_one_node_run_it_once_in_a_superstep() -> None:
    builder = builder_with("a", "b", "end")
    for name in ("a", "b"):
        builder.add_edge(START, name).add_edge(name, "end")

    assert log(builder) == ["a", "b", "end"]


def test_plain_edges_of_different_length_run_the_target_twice() -> None:
    builder = builder_with("a", "b", "b2", "end")
    builder.add_edge(START, "a").add_edge(START, "b").add_edge("b", "b2")
    builder.add_edge("a", "end").add_edge("b2", "end")

    assert log(builder) == ["a", "b", "b2", "end", "end"]


def test_a_waiting_edge_waits_for_all() -> None:
    builder = builder_with("a", "b", "b2", "end")
    builder.add_edge(START, "a").add_edge(START, "b").add_edge("b", "b2")
    builder.add_edge(["a", "b2"], "end")

    assert log(builder) == ["a", "b", "b2", "end"]


def test_a_waiting_edge_may_lead_to_the_end() -> None:
    builder = builder_with("a", "b")
    builder.add_edge(START, "a").add_edge(START, "b").add_edge(["a", "b"], END)

    assert log(builder) == ["a", "b"]


def test_a_waiting_edge_waits_anew_in_a_loop() -> None:
    builder = builder_with("a", "b", "join")
    builder.add_edge(START, "a").add_edge(START, "b").add_edge(["a", "b"], "join")
    builder.add_conditional_edges(
        "join", lambda state: END if state["log"].count("join") > 1 else ["a", "b"]
    )

    assert log(builder) == ["a", "b", "join", "a", "b", "join"]


def test_a_deferred_node_runs_when_nothing_else_is_left() -> None:
    builder = builder_with("a", "b", "b2")
    builder.add_node("last", lambda state: {"log": ["last"]}, defer=True)
    builder.add_edge(START, "a").add_edge(START, "b").add_edge("b", "b2")
    builder.add_edge("a", "last").add_edge("b2", "last")

    assert log(builder) == ["a", "b", "b2", "last"]


PATHS: list[tuple[Any, Any]] = [
    (lambda state: state["kind"], None),
    (lambda state: [state["kind"]], None),
    (lambda state: state["kind"] == "b", {True: "b", False: "c"}),
    (lambda state: state["kind"], ["b", "c"]),
    (lambda state: Send(state["kind"], state), None),
]


@pytest.mark.parametrize(("path", "path_map"), PATHS)
@pytest.mark.parametrize("chosen", ["b", "c"])
def test_a_branch_chooses(path: Any, path_map: Any, chosen: str) -> None:
    builder = builder_with("a", "b", "c").add_edge(START, "a")
    builder.add_conditional_edges("a", path, path_map)

    assert log(builder, kind=chosen) == ["a", chosen]


def test_the_literal_of_a_branch_is_its_path_map() -> None:
    def path(state: State) -> Literal["b", "__end__"]:
        return "b" if state["kind"] == "go" else "__end__"

    builder = builder_with("a", "b", "unrelated").add_edge(START, "a")
    builder.add_conditional_edges("a", path)

    assert log(builder, kind="go") == ["a", "b"]
    assert log(builder, kind="stop") == ["a"]
    drawn = {(arrow.source, arrow.target) for arrow in builder.compile().get_graph().arrows}
    assert ("a", "unrelated") not in drawn
    assert ("a", "b") in drawn


def test_a_branch_sees_what_its_node_wrote() -> None:
    builder = StateGraph(State)
    builder.add_node("decide", lambda state: {"kind": "b"})
    builder.add_node("b", lambda state: {"log": ["b"]})
    builder.add_edge(START, "decide")
    builder.add_conditional_edges("decide", lambda state: state["kind"])

    assert log(builder, kind="c") == ["b"]


@pytest.mark.parametrize(
    ("chosen", "path_map", "message"),
    [
        ("bb", None, "leads to `bb`, which is not a node; did you mean `b`"),
        (None, None, "Branch did not return a valid destination"),
        ("yes", {"y": "b"}, "returned 'yes', which its path map does not have"),
        (Send("nobody", {}), None, "leads to `nobody`, which is not a node"),
    ],
)
def test_a_branch_that_leads_nowhere_fails(chosen: Any, path_map: Any, message: str) -> None:
    builder = builder_with("a", "b").add_edge(START, "a")
    builder.add_conditional_edges("a", lambda state: chosen, path_map)

    with pytest.raises(InvalidGraphError, match=message):
        builder.compile().invoke({})


def test_start_may_branch() -> None:
    builder = builder_with("a", "b")
    builder.set_conditional_entry_point(lambda state: state["kind"])

    assert log(builder, kind="b") == ["b"]


def test_a_branch_of_start_may_ask() -> None:
    builder = builder_with("a", "b")
    builder.set_conditional_entry_point(lambda state: interrupt("a or b?"))
    graph = builder.compile(checkpointer=InMemorySaver())

    asked = graph.invoke({"kind": "x"}, on("t"))
    assert payloads(asked) == ["a or b?"]
    assert graph.get_state(on("t")).next == (START,)
    assert graph.invoke(Command(resume="b"), on("t")) == {"kind": "x", "log": ["b"]}


def test_a_branch_of_a_node_may_ask() -> None:
    builder = builder_with("a", "b", "c").add_edge(START, "a")
    builder.add_conditional_edges("a", lambda state: interrupt("b or c?"))
    graph = builder.compile(checkpointer=InMemorySaver())

    assert payloads(graph.invoke({}, on("t"))) == ["b or c?"]
    assert graph.invoke(Command(resume="c"), on("t"))["log"] == ["a", "c"]


def test_a_command_updates_and_goes() -> None:
    builder = builder_with("b", "c")
    builder.add_node("a", lambda state: Command(update={"kind": "k", "log": ["a"]}, goto="c"))
    builder.add_edge(START, "a")

    assert builder.compile().invoke({}) == {"kind": "k", "log": ["a", "c"]}


def test_goto_is_added_to_the_edges() -> None:
    builder = builder_with("b", "c")
    builder.add_node("a", lambda state: Command(goto=["c", END]))
    builder.add_edge(START, "a").add_edge("a", "b")

    assert log(builder) == ["b", "c"]


def test_several_commands_and_updates_in_one_return() -> None:
    builder = builder_with("b", "c")
    builder.add_node(
        "a",
        lambda state: [{"log": ["1"]}, Command(update={"log": ["2"]}, goto="b"), Send("c", {})],
    )
    builder.add_edge(START, "a")

    assert log(builder) == ["1", "2", "b", "c"]


def test_the_parent_of_a_graph_without_one_is_an_error() -> None:
    builder = builder_with().add_node("a", lambda state: Command(graph=Command.PARENT, goto="b"))
    builder.add_edge(START, "a")

    with pytest.raises(InvalidUpdateError, match="There is no parent graph"):
        builder.compile().invoke({})


def test_sends_fold_in_their_order_whoever_is_first() -> None:
    gates = [threading.Event() for _ in range(4)]
    gates[3].set()

    def work(number: int) -> State:
        assert gates[number].wait(10)
        gates[number - 1].set()  # the last one ends first
        return {"log": [str(number)]}

    builder = StateGraph(State).add_node("work", work)
    builder.add_conditional_edges(START, lambda state: [Send("work", n) for n in range(4)])

    assert log(builder) == ["0", "1", "2", "3"]


def test_edges_fold_before_sends() -> None:
    builder = builder_with("a", "w", "z")
    builder.add_node("start", lambda state: [Send("w", {}), Command(goto=["z", "a"])])
    builder.add_edge(START, "start")

    assert log(builder) == ["a", "z", "w"]


def test_changing_the_argument_of_a_send_changes_nothing() -> None:
    shared = {"tries": [0]}
    seen: list[int] = []

    def work(given: dict[str, list[int]]) -> None:
        seen.append(len(given["tries"]))
        given["tries"].append(1)

    builder = StateGraph(State).add_node("work", work)
    builder.add_conditional_edges(START, lambda state: [Send("work", shared)] * 3)
    builder.compile().invoke({}, {"max_concurrency": 1})

    assert seen == [1, 1, 1]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda b: b.add_edge("a", "bb"), "an edge names `bb`, which is not a node"),
        (lambda b: b.add_edge(["a", "x"], "b"), "an edge names `x`"),
        (lambda b: b.add_conditional_edges("a", len, {"k": "x"}), "an edge names `x`"),
        (lambda b: b.add_edge(END, "a"), "END cannot be the start"),
        (lambda b: b.add_edge("a", START), "START cannot be the end"),
        (lambda b: b.add_node("a", len), "already present"),
        (lambda b: b.add_node("a|b", len), "reserved characters"),
        (lambda b: b.add_node(START, len), "reserved"),
        (lambda b: b.add_node("c"), "has no function"),
        (lambda b: b.add_node("c", 3), "a node is a function, not a int"),
        (lambda b: b.add_node("c", len, timeout=1), "has a timeout but is not async"),
        (lambda b: b.add_sequence([]), "a sequence needs at least one node"),
        (lambda b: b.compile(interrupt_before=["x"]), "Interrupt node `x` not found"),
    ],
)
def test_a_graph_that_is_wrong_is_refused(wrong: Any, message: str) -> None:
    def build() -> None:
        builder = builder_with("a", "b").add_edge(START, "a")
        wrong(builder)
        builder.compile()

    with pytest.raises(InvalidGraphError, match=message):
        build()


def test_a_graph_without_a_way_in_is_refused() -> None:
    with pytest.raises(InvalidGraphError, match="must have an entrypoint"):
        builder_with("a").compile()


def test_what_is_injected_goes_by_name_and_not_by_position() -> None:
    def node(state: State, writer: Any, config: Any) -> None:
        writer(config["configurable"]["thread_id"])

    compiled = StateGraph(State).add_node("node", node).add_edge(START, "node").compile()
    assert list(compiled.stream({}, on("t"), stream_mode="custom")) == ["t"]
