"""What a stream says, chunk by chunk, side by side with LangGraph."""

import operator
from typing import Annotated, Any, TypedDict

from tests.parity.engine import Engine, Run, parity


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    name: str


def _chain(lg: Engine, **compiled: Any) -> Run:
    def ask(state: State) -> State:
        return {"log": [lg.interrupt("name?")], "name": "x"}

    builder = lg.StateGraph(State).add_node("a", lambda state: {"log": ["a"]})
    builder.add_node("nothing", lambda state: None).add_node("ask", ask)
    builder.add_node("z", lambda state: {"log": ["z"]}).add_edge(lg.START, "a")
    builder.add_edge("a", "nothing").add_edge("nothing", "ask").add_edge("ask", "z")
    return lg.run(builder, **compiled)


@parity
def test_a_question_in_values(lg: Engine) -> None:
    run = _chain(lg)
    run.stream({"log": ["in"]}, "values")
    run.stream(lg.Command(resume="ada"), "values")


@parity
def test_a_question_in_updates(lg: Engine) -> None:
    run = _chain(lg)
    run.stream({"log": ["in"]}, "updates")
    run.stream(lg.Command(resume="ada"), "updates")


@parity
def test_updates_are_the_default(lg: Engine) -> None:
    _chain(lg).stream({"log": ["in"]})


@parity
def test_several_modes(lg: Engine) -> None:
    run = _chain(lg)
    run.stream({"log": ["in"]}, ["values", "updates"])
    run.stream(lg.Command(resume="ada"), ["updates", "values"])


@parity
def test_a_breakpoint_in_updates_and_values(lg: Engine) -> None:
    run = _chain(lg, interrupt_before=["nothing"])
    run.stream({"log": ["in"]}, ["values", "updates"])
    run.stream(None, ["values", "updates"])


@parity
def test_asking_again_in_values_and_updates(lg: Engine) -> None:
    run = _chain(lg)
    run.stream({"log": ["in"]}, "updates")
    run.stream(None, ["values", "updates"])


@parity
def test_an_error_after_some_chunks(lg: Engine) -> None:
    def fail(state: State) -> State:
        raise ValueError("broken")

    builder = lg.StateGraph(State).add_node("a", lambda state: {"log": ["a"]})
    builder.add_node("fail", fail).add_edge(lg.START, "a").add_edge("a", "fail")
    run = lg.run(builder)
    run.stream({"log": ["in"]}, ["values", "updates"])


@parity
def test_what_a_node_writes(lg: Engine) -> None:
    def node(state: State, writer) -> State:  # type: ignore[no-untyped-def]  # by its name
        writer({"progress": 1})
        writer("half")
        return {"log": ["node"]}

    builder = lg.StateGraph(State).add_node("node", node).add_edge(lg.START, "node")
    run = lg.run(builder)
    run.stream({"log": ["in"]}, ["custom", "updates"])
    run.config = {"configurable": {"thread_id": "2"}}
    run.stream({"log": ["in"]}, "custom")


@parity
def test_sends_and_commands_in_updates(lg: Engine) -> None:
    def go(state: State) -> Any:
        return lg.Command(update={"name": "go"}, goto=lg.Send("each", 1))

    builder = lg.StateGraph(State).add_node("go", go)
    builder.add_node("each", lambda n: {"log": [n]}).add_edge(lg.START, "go")
    lg.run(builder).stream({"log": []}, ["values", "updates"])


@parity
def test_a_bare_state(lg: Engine) -> None:
    builder = lg.StateGraph(Annotated[list[Any], operator.add]).add_node("a", lambda state: ["a"])
    lg.run(builder.add_edge(lg.START, "a")).stream(["in"], ["values", "updates"])


@parity
def test_output_schemas(lg: Engine) -> None:
    class Out(TypedDict):
        name: str

    builder = lg.StateGraph(State, output_schema=Out)
    builder.add_node("a", lambda state: {"log": ["a"], "name": "x"}).add_edge(lg.START, "a")
    lg.run(builder).stream({"log": ["in"]}, ["values", "updates"])


@parity
def test_going_on_with_a_finished_thread(lg: Engine) -> None:
    builder = lg.StateGraph(State).add_node("a", lambda state: {"log": ["a"]})
    run = lg.run(builder.add_edge(lg.START, "a"))
    run.stream({"log": ["in"]}, "values")
    run.stream(None, ["values", "updates"])
