"""The graphs whose process is killed. Each effect of a node is a line in a file that stays."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

from graphcli import START, MessagesState, Send, StateGraph, ToolNode, interrupt, task
from graphcli.engine.face.compiled import CompiledGraph
from tests.engine.toolkit import asking, call

Effect = Callable[[str], None]


class State(TypedDict, total=False):
    name: str
    log: Annotated[list[str], operator.add]


class Out(TypedDict):
    log: Annotated[list[str], operator.add]


def chain(effect: Effect) -> CompiledGraph:
    """Return a → b → c."""
    return line(effect, "a", "b", "c").compile()


def parallel(effect: Effect) -> CompiledGraph:
    """Return a, b and c at once, joined by d."""
    builder = StateGraph(State)
    for name in "abc":
        builder.add_node(name, node(effect, name)).add_edge(START, name)
    builder.add_node("d", node(effect, "d")).add_edge(["a", "b", "c"], "d")
    return builder.compile()


def fan_out(effect: Effect) -> CompiledGraph:
    """Return one node that x, y and z are sent to, and one behind it."""

    def work(state: State) -> State:
        effect(state["name"])
        return {"log": [state["name"]]}

    builder = StateGraph(State).add_node("work", work).add_node("end", node(effect, "end"))
    builder.add_conditional_edges(START, lambda s: [Send("work", {"name": n}) for n in "xyz"])
    return builder.add_edge("work", "end").compile()


def crowd(effect: Effect) -> CompiledGraph:
    """Return one node that six are sent to, who do not all find a worker at once."""

    def work(state: State) -> State:
        effect(state["name"])
        return {"log": [state["name"]]}

    builder = StateGraph(State).add_node("work", work)
    builder.add_conditional_edges(START, lambda s: [Send("work", {"name": n}) for n in "uvwxyz"])
    return builder.compile()


def subgraph(effect: Effect) -> CompiledGraph:
    """Return a graph of a and b as a node, then c."""
    outer = StateGraph(State, output_schema=Out).add_node("child", line(effect, "a", "b").compile())
    outer.add_node("c", node(effect, "c")).add_edge(START, "child").add_edge("child", "c")
    return outer.compile()


def invoked(effect: Effect) -> CompiledGraph:
    """Return a node that calls a graph of a and b, then c."""
    child = line(effect, "a", "b").compile()

    def caller(state: State) -> State:
        return {"log": child.invoke({})["log"]}

    outer = StateGraph(State).add_node("caller", caller).add_node("c", node(effect, "c"))
    return outer.add_edge(START, "caller").add_edge("caller", "c").compile()


def two_deep(effect: Effect) -> CompiledGraph:
    """Return a graph in a graph in a graph, which asks and acts on the answer."""
    inner = StateGraph(State).add_node("before", node(effect, "before"))
    inner.add_node("act", acts(effect, "act")).add_edge(START, "before").add_edge("before", "act")
    middle = StateGraph(State).add_node("inner", inner.compile()).add_edge(START, "inner")
    outer = StateGraph(State, output_schema=Out).add_node("middle", middle.compile())
    return outer.add_edge(START, "middle").compile()


def question(effect: Effect) -> CompiledGraph:
    """Return a question whose node acts on the answer, and a node behind it."""
    builder = StateGraph(State).add_node("act", acts(effect, "act"))
    builder.add_node("after", node(effect, "after"))
    return builder.add_edge(START, "act").add_edge("act", "after").compile()


def questions(effect: Effect) -> CompiledGraph:
    """Return two questions at once beside a node that asks nothing."""
    builder = StateGraph(State).add_node("c", node(effect, "c")).add_edge(START, "c")
    for name in ("a", "b"):
        builder.add_node(name, acts(effect, name)).add_edge(START, name)
    return builder.compile()


def memo(effect: Effect) -> CompiledGraph:
    """Return a node with memoised work before a question, and behind it."""

    @task
    def work(name: str) -> str:
        effect(name)
        return name

    def plan(state: State) -> State:
        return {"log": [work("m").result(), interrupt("sure?"), work("n").result()]}

    return StateGraph(State).add_node(plan).add_edge(START, "plan").compile()


def tools(effect: Effect) -> CompiledGraph:
    """Return a model that calls two tools at once, of which one asks first."""

    def pay() -> str:
        """Pay."""
        effect("pay")
        return "paid"

    def mail() -> str:
        """Mail."""
        effect(f"mail-{interrupt('to whom?')}")
        return "mailed"

    def model(state: MessagesState) -> Any:
        return {"messages": [asking(call("pay", "p"), call("mail", "m"))]}

    builder = StateGraph(MessagesState).add_node("model", model, on_crash="rerun")
    builder.add_node(ToolNode([pay, mail])).add_edge(START, "model").add_edge("model", "tools")
    return builder.compile()


def line(effect: Effect, *names: str) -> StateGraph:
    """Return a builder with one node after the other."""
    builder, before = StateGraph(State), START
    for name in names:
        builder.add_node(name, node(effect, name)).add_edge(before, name)
        before = name
    return builder


def node(effect: Effect, name: str) -> Any:
    """Return a node that has the effect of that name."""

    def run(state: State) -> State:
        effect(name)
        return {"log": [name]}

    return run


def acts(effect: Effect, name: str) -> Any:
    """Return a node that asks, and has an effect with the answer in its name."""

    def run(state: State) -> State:
        effect(f"{name}-{interrupt(f'{name}?')}")
        return {"log": [name]}

    return run
