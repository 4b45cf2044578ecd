"""Graphs inside graphs, side by side with LangGraph."""

import operator
from typing import Annotated, Any, TypedDict

from tests.parity.engine import Engine, needs, parity


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    name: str


class Log(TypedDict):
    log: Annotated[list[Any], operator.add]


class Other(TypedDict, total=False):
    text: str
    inner: Annotated[list[Any], operator.add]


def _logs(word: str) -> Any:
    return lambda state: {"log": [word]}


def _chain(lg: Engine, schema: Any, **nodes: Any) -> Any:
    builder = lg.StateGraph(schema)
    before = lg.START
    for name, node in nodes.items():
        builder.add_node(name, node).add_edge(before, name)
        before = name
    return builder


def _asks(lg: Engine, *questions: Any) -> Any:
    return lambda state: {"log": [lg.interrupt(question) for question in questions]}


def _says(lg: Engine) -> Any:
    """A graph with a state of its own, which asks."""

    def ask(state: Other) -> Other:
        return {"text": state["text"] + lg.interrupt("what?"), "inner": ["asked"]}

    return _chain(lg, Other, ask=ask).compile()


@parity
def test_a_graph_as_a_node(lg: Engine) -> None:
    child = _chain(lg, State, x=lambda s: {"name": s["name"] + "x"}, y=lambda s: {"name": "y"})
    run = lg.run(_chain(lg, State, a=_logs("a"), child=child.compile(), z=_logs("z")))
    run.invoke({"log": [], "name": "in"})
    run.history()


@parity
def test_a_reducer_folds_again_what_a_child_gives_back(lg: Engine) -> None:
    child = _chain(lg, State, x=_logs("x")).compile()
    run = lg.run(_chain(lg, State, a=_logs("a"), child=child))
    run.invoke({"log": ["in"]})


@needs("get_subgraphs")
@parity
def test_a_child_that_asks(lg: Engine) -> None:
    child = _chain(lg, State, x=_logs("x"), ask=_asks(lg, "name?"), y=_logs("y")).compile()
    run = lg.run(_chain(lg, State, a=_logs("a"), child=child, z=_logs("z")))
    run.invoke({"log": []})
    run.resume("ada")
    run.history()


@needs("get_subgraphs")
@parity
def test_a_child_that_asks_twice(lg: Engine) -> None:
    child = _chain(lg, State, first=_asks(lg, "1?", "2?"), second=_asks(lg, "3?")).compile()
    run = lg.run(_chain(lg, State, child=child))
    run.invoke({"log": []})
    for answer in (1, 2, 3):
        run.resume(answer)


@needs("get_subgraphs")
@parity
def test_a_child_called_in_a_node(lg: Engine) -> None:
    child = _says(lg)
    ran: list[str] = []

    def call(state: State) -> State:
        ran.append("call")
        return {"name": child.invoke({"text": state["name"]})["text"]}

    run = lg.run(_chain(lg, State, call=call, z=_logs("z")))
    run.invoke({"log": [], "name": "said "})
    run.resume("this")
    lg.note(ran)


@needs("get_subgraphs")
@parity
def test_nodes_of_a_child_do_not_run_again(lg: Engine) -> None:
    ran: list[str] = []
    child = _chain(lg, State, x=lambda s: ran.append("x"), ask=_asks(lg, "name?")).compile()
    run = lg.run(_chain(lg, State, a=lambda s: ran.append("a"), child=child))
    run.invoke({"log": []})
    run.resume("ada")
    lg.note(ran)


@needs("get_subgraphs")
@parity
def test_a_child_of_a_child(lg: Engine) -> None:
    grandchild = _chain(lg, State, ask=_asks(lg, "deep?")).compile()
    child = _chain(lg, State, x=_logs("x"), grandchild=grandchild).compile()
    run = lg.run(_chain(lg, State, child=child, z=_logs("z")))
    run.invoke({"log": []})
    run.resume("ada")
    run.history()


@needs("get_subgraphs")
@parity
def test_two_children_ask_side_by_side(lg: Engine) -> None:
    builder = lg.StateGraph(State)
    for name in ("a", "b"):
        child = _chain(lg, State, ask=_asks(lg, f"{name}?")).compile()
        builder.add_node(name, child).add_edge(lg.START, name)
    run = lg.run(builder)
    run.invoke({"log": []})
    run.answer({"b?": 2})
    run.answer({"a?": 1})


@needs("get_subgraphs")
@parity
def test_a_child_for_each_send(lg: Engine) -> None:
    asking = lg.StateGraph(State, output_schema=Log)
    asking.add_node("ask", lambda state: {"log": [lg.interrupt(state["name"])]})
    child = asking.add_edge(lg.START, "ask").compile()
    builder = lg.StateGraph(State).add_node("child", child)
    sends = [lg.Send("child", {"name": name}) for name in ("x", "y")]
    run = lg.run(builder.add_conditional_edges(lg.START, lambda state: sends, ["child"]))
    run.invoke({"log": []})
    run.answer({"y": "Y", "x": "X"})


@parity
def test_a_command_for_the_parent(lg: Engine) -> None:
    def jump(state: State) -> Any:
        return lg.Command(graph=lg.Command.PARENT, update={"log": ["jump"]}, goto="end")

    child = _chain(lg, State, jump=jump, never=_logs("never")).compile()
    builder = _chain(lg, State, a=_logs("a"), child=child).add_node("end", _logs("end"))
    run = lg.run(builder)
    run.invoke({"log": []})
    run.history()


@needs("get_subgraphs")
@parity
def test_a_command_for_the_parent_after_an_answer(lg: Engine) -> None:
    def jump(state: State) -> Any:
        name = lg.interrupt("name?")
        return lg.Command(graph=lg.Command.PARENT, update={"log": [name]}, goto="end")

    child = _chain(lg, State, jump=jump).compile()
    run = lg.run(_chain(lg, State, child=child).add_node("end", _logs("end")))
    run.invoke({"log": []})
    run.resume("ada")


@parity
def test_a_breakpoint_in_a_child(lg: Engine) -> None:
    child = _chain(lg, State, x=_logs("x"), y=_logs("y")).compile(interrupt_before=["y"])
    run = lg.run(_chain(lg, State, child=child, z=_logs("z")))
    run.invoke({"log": []})
    run.invoke(None)
    run.history()


@parity
def test_a_child_that_fails(lg: Engine) -> None:
    failures = [ValueError("not yet")]

    def fail(state: State) -> State:
        if failures:
            raise failures.pop()
        return {"log": ["mended"]}

    child = _chain(lg, State, x=_logs("x"), fail=fail).compile()
    run = lg.run(_chain(lg, State, child=child))
    run.invoke({"log": []})
    run.invoke(None)


@parity
def test_a_child_that_remembers(lg: Engine) -> None:
    counts = _chain(lg, Other, x=lambda state: {"inner": [len(state["inner"])]})
    child = counts.compile(checkpointer=True)

    def call(state: State) -> State:
        return {"log": [child.invoke({"text": "again"})["inner"]]}

    run = lg.run(_chain(lg, State, call=call))
    run.invoke({"log": []})
    run.invoke({"log": []})


@needs("get_subgraphs")
@parity
def test_streaming_what_a_child_does(lg: Engine) -> None:
    child = _chain(lg, State, x=_logs("x"), ask=_asks(lg, "name?")).compile()
    run = lg.run(_chain(lg, State, a=_logs("a"), child=child, z=_logs("z")))
    run.stream({"log": []}, "updates")
    run.stream(lg.Command(resume="ada"), ["values", "updates"])


@needs("get_subgraphs")
@parity
def test_going_back_before_a_child_that_asked(lg: Engine) -> None:
    child = _chain(lg, State, ask=_asks(lg, "name?")).compile()
    run = lg.run(_chain(lg, State, a=_logs("a"), child=child, z=_logs("z")))
    run.invoke({"log": []})
    run.resume("ada")
    run.invoke(None, at=run.before("child"))
    run.resume("bob")
    run.history()
