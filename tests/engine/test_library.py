"""invoke, stream and get_state as a library has them, and breakpoints."""

import operator
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import END, START, Command, InMemorySaver, StateGraph, interrupt
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.running.protocol import RunOptions
from graphcli.engine.values.model import Status
from graphcli.errors import EmptyInputError
from tests.engine.helpers import Log, last, on, saved


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]


def three(saver: InMemorySaver | None, ran: Log | None = None, **compile_: Any) -> CompiledGraph:
    """Return a -> b -> c, where b asks."""
    ran = ran or Log()
    builder = StateGraph(State)

    def node(name: str) -> Any:
        def run(state: State) -> State:
            ran(name)
            return {"log": [interrupt("b?") if name == "b" else name]}

        return run

    for before, name in [(START, "a"), ("a", "b"), ("b", "c")]:
        builder.add_node(name, node(name)).add_edge(before, name)
    return builder.compile(checkpointer=saver, **compile_)


def test_an_unknown_stream_mode_runs_nothing() -> None:
    ran = Log()
    with pytest.raises(ValueError, match="there is no stream mode `vlaues`; there are `values`"):
        list(three(None, ran).stream({}, stream_mode="vlaues"))  # type: ignore[arg-type]  # on purpose.
    assert ran.taken() == []


def test_get_state_before_between_and_after() -> None:
    graph = three(InMemorySaver())

    nothing = graph.get_state(on("t"))
    assert (nothing.values, nothing.next, nothing.metadata) == ({}, (), None)
    (asked,) = graph.invoke({}, on("t"))["__interrupt__"]
    waiting = graph.get_state(on("t"))
    assert (waiting.values, waiting.next) == ({"log": ["a"]}, ("b",))
    assert waiting.interrupts == waiting.tasks[0].interrupts == (asked,)
    assert waiting.metadata == {"source": "loop", "step": 1, "parents": {}}
    graph.invoke(Command(resume="b"), on("t"))
    ended = graph.get_state(on("t"))
    assert (ended.values, ended.next, ended.tasks) == ({"log": ["a", "b", "c"]}, (), ())
    then = graph.get_state(waiting.config)
    assert (then.values, then.next) == ({"log": ["a"]}, ("b",))
    assert ended.parent_config is not None
    assert graph.get_state(ended.parent_config).next == ("c",)


def test_what_needs_a_checkpointer_says_so() -> None:
    graph = three(None)
    with pytest.raises(ValueError, match="No checkpointer set"):
        graph.get_state(on("t"))
    with pytest.raises(ValueError, match="the config names no thread"):
        three(InMemorySaver()).invoke({})
    with pytest.raises(EmptyInputError):
        graph.invoke(None)
    with pytest.raises(EmptyInputError, match="`t` does not exist"):
        three(InMemorySaver()).invoke(None, on("t"))


def test_going_on_with_a_finished_thread_returns_it() -> None:
    graph = three(InMemorySaver())
    graph.invoke({}, on("t"))
    graph.invoke(Command(resume="b"), on("t"))

    assert graph.invoke(None, on("t")) == {"log": ["a", "b", "c"]}


def test_a_waiting_thread_that_nobody_answers_stands_still() -> None:
    ran, saver = Log(), InMemorySaver()
    graph = three(saver, ran)
    graph.invoke({}, on("t"))
    before, _ = saved(saver), ran.taken()

    ended = last(graph.go_on("t", saver, RunOptions()))

    assert (ended.status, [asked.payload for asked in ended.questions]) == ("waiting", ["b?"])
    assert (saved(saver), ran.taken()) == (before, [])


@pytest.mark.parametrize(
    ("breaks", "stops"),
    [
        ({"interrupt_before": ["a"]}, [[], ["a", "b"]]),
        ({"interrupt_before": ["b"]}, [["a"], ["b"]]),
        ({"interrupt_after": ["a"]}, [["a"], ["b"]]),
        ({"interrupt_before": "*"}, [[], ["a"], ["b"]]),
        ({"interrupt_after": "*"}, [["a"], ["b"]]),
        ({"interrupt_before": ["a"], "interrupt_after": ["a"]}, [[], ["a"], ["b"]]),
    ],
)
@pytest.mark.parametrize("where", ["compile", "call"])
def test_breakpoints(breaks: dict[str, Any], stops: list[list[str]], where: str) -> None:
    ran, saver = Log(), InMemorySaver()
    graph = three(saver, ran, **(breaks if where == "compile" else {}))
    options = breaks if where == "call" else {}

    for number, expected in enumerate(stops):
        graph.invoke(None if number else {}, on("t"), **options)
        assert ran.taken() == expected
    assert saved(saver).thread.status is Status.WAITING  # at the question of b


def test_a_breakpoint_is_no_question() -> None:
    graph = three(InMemorySaver(), interrupt_before=["b"])

    assert graph.invoke({}, on("t")) == {"log": ["a"]}
    assert graph.get_state(on("t")).next == ("b",)


def test_a_breakpoint_after_the_last_node_is_the_end() -> None:
    saver = InMemorySaver()
    builder = StateGraph(State).add_node("a", lambda s: None)
    builder.add_edge(START, "a").add_edge("a", END)
    builder.compile(checkpointer=saver).invoke({}, on("t"), interrupt_after="*")

    assert saved(saver).thread.status is Status.FINISHED


def test_a_graph_called_inside_a_node_leaves_the_questions_of_the_node_alone() -> None:
    inner = StateGraph(State).add_node("n", lambda s: {"log": ["inner"]}).add_edge(START, "n")
    compiled = inner.compile()

    def node(state: State) -> State:
        first = interrupt("first?")
        return {"log": [first, *compiled.invoke({})["log"], interrupt("second?")]}

    builder = StateGraph(State).add_node("node", node).add_edge(START, "node")
    graph = builder.compile(checkpointer=InMemorySaver())
    graph.invoke({}, on("t"))
    graph.invoke(Command(resume=1), on("t"))

    assert graph.invoke(Command(resume=2), on("t")) == {"log": [1, "inner", 2]}


def test_a_thread_driven_inside_a_node_of_another_is_its_own() -> None:
    saver = InMemorySaver()
    inner = three(saver)

    def node(state: State) -> State:
        asked = inner.invoke({}, on("inner"))["__interrupt__"]
        told = interrupt({"passed on": asked[0].value})
        return inner.invoke(Command(resume=told), on("inner"))  # type: ignore[no-any-return]  # a State.

    builder = StateGraph(State).add_node("node", node).add_edge(START, "node")
    graph = builder.compile(checkpointer=saver)

    (asked,) = graph.invoke({}, on("outer"))["__interrupt__"]
    assert asked.value == {"passed on": "b?"}
    told = graph.invoke(Command(resume="so"), on("outer"))
    # the node ran twice, and so gave the inner thread its input twice
    assert told == {"log": ["a", "a", "so", "c"]}
    assert saved(saver, "inner").thread.status is Status.FINISHED
    assert saved(saver, "outer").thread.status is Status.FINISHED


def test_mermaid_text_of_a_graph() -> None:
    builder = StateGraph(State).add_node("a", lambda s: None).add_node('b"x', lambda s: None)
    builder.add_edge(START, "a")
    builder.add_conditional_edges("a", lambda s: "yes", {"yes": 'b"x', "no": END})

    assert builder.compile().draw_mermaid() == (
        "graph TD\n"
        '    n0(["start"])\n'
        '    n1["a"]\n'
        '    n2["b#quot;x"]\n'
        '    n3(["end"])\n'
        "    n0 --> n1\n"
        '    n1 -.->|"yes"| n2\n'
        '    n1 -.->|"no"| n3\n'
        "    n2 --> n3\n"
    )
