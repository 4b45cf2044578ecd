"""Static breakpoints, side by side with LangGraph."""

import operator
from typing import Annotated, Any, TypedDict

from tests.parity.engine import Engine, Run, parity


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]


def _diamond(lg: Engine, **compiled: Any) -> Run:
    builder = lg.StateGraph(State)
    for name in ("a", "b", "c", "d"):
        builder.add_node(name, lambda state, name=name: {"log": [name]})
    builder.add_edge(lg.START, "a").add_edge("a", "b").add_edge("a", "c")
    return lg.run(builder.add_edge(["b", "c"], "d"), **compiled)


def _to_the_end(run: Run) -> None:
    run.invoke({"log": ["in"]})
    while run.graph.get_state(run.config).next:
        run.invoke(None)
    run.history()


@parity
def test_before_a_node(lg: Engine) -> None:
    _to_the_end(_diamond(lg, interrupt_before=["b"]))


@parity
def test_after_a_node(lg: Engine) -> None:
    _to_the_end(_diamond(lg, interrupt_after=["a"]))


@parity
def test_after_the_last_node(lg: Engine) -> None:
    _to_the_end(_diamond(lg, interrupt_after=["d"]))


@parity
def test_before_and_after_everything(lg: Engine) -> None:
    _to_the_end(_diamond(lg, interrupt_before="*", interrupt_after="*"))


@parity
def test_before_the_first_node(lg: Engine) -> None:
    _to_the_end(_diamond(lg, interrupt_before=["a"]))


@parity
def test_for_one_call(lg: Engine) -> None:
    run = _diamond(lg)
    run.invoke({"log": ["in"]}, interrupt_before=["d"])
    run.invoke(None, interrupt_after=["d"])
    run.history()


@parity
def test_a_breakpoint_before_a_question(lg: Engine) -> None:
    builder = lg.StateGraph(State).add_edge(lg.START, "ask")
    builder.add_node("ask", lambda state: {"log": [lg.interrupt("name?")]})
    run = lg.run(builder, interrupt_before=["ask"])
    run.invoke({"log": []})
    run.invoke(None)
    run.resume("ada")


@parity
def test_a_breakpoint_after_a_question(lg: Engine) -> None:
    builder = lg.StateGraph(State).add_edge(lg.START, "ask").add_edge("ask", "end")
    builder.add_node("ask", lambda state: {"log": [lg.interrupt("name?")]})
    builder.add_node("end", lambda state: {"log": ["end"]})
    run = lg.run(builder, interrupt_after=["ask"])
    run.invoke({"log": []})
    run.resume("ada")
    run.invoke(None)


@parity
def test_a_breakpoint_in_a_loop(lg: Engine) -> None:
    builder = lg.StateGraph(State).add_edge(lg.START, "a")
    builder.add_node("a", lambda state: {"log": [len(state["log"])]})
    builder.add_conditional_edges(
        "a", lambda s: "a" if len(s["log"]) < 3 else lg.END, ["a", lg.END]
    )
    _to_the_end(lg.run(builder, interrupt_before=["a"]))


@parity
def test_a_breakpoint_before_sends(lg: Engine) -> None:
    builder = lg.StateGraph(State).add_node("each", lambda state: {"log": [state["n"]]})
    sends = [lg.Send("each", {"n": 1}), lg.Send("each", {"n": 2})]
    builder.add_conditional_edges(lg.START, lambda state: sends, ["each"])
    _to_the_end(lg.run(builder, interrupt_before=["each"]))


@parity
def test_an_update_beside_a_join_leaves_its_target_planned(lg: Engine) -> None:
    run = _diamond(lg, interrupt_before=["d"])
    for name in ("a", "b", "c"):
        run.config = {"configurable": {"thread_id": name}}
        run.invoke({"log": ["in"]})
        run.update({"log": ["me"]}, as_node=name)
        run.history()


@parity
def test_new_input_at_a_breakpoint(lg: Engine) -> None:
    run = _diamond(lg, interrupt_before=["d"])
    run.invoke({"log": ["one"]})
    run.invoke({"log": ["two"]})
    run.invoke(None)
    run.history()


@parity
def test_a_breakpoint_at_an_unknown_node(lg: Engine) -> None:
    lg.note_error(lambda: _diamond(lg, interrupt_before=["nobody"]))
    lg.note("after")
