"""What runs after what, and in which order updates are folded, side by side with LangGraph."""

import operator
from typing import Annotated, Any, Literal, TypedDict

from tests.parity.engine import Engine, parity


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    count: int


def _logs(word: str) -> Any:
    return lambda state: {"log": [word]}


def _build(lg: Engine, *names: str) -> Any:
    builder = lg.StateGraph(State)
    for name in names:
        builder.add_node(name, _logs(name))
    return builder


def _run(lg: Engine, builder: Any) -> None:
    run = lg.run(builder)
    run.invoke({"log": ["in"]})
    run.history()


@parity
def test_a_chain(lg: Engine) -> None:
    builder = _build(lg, "c", "a", "b").add_edge(lg.START, "c")
    _run(lg, builder.add_edge("c", "a").add_edge("a", "b").add_edge("b", lg.END))


@parity
def test_a_sequence(lg: Engine) -> None:
    builder = lg.StateGraph(State).add_sequence([("z", _logs("z")), ("a", _logs("a"))])
    _run(lg, builder.set_entry_point("z").set_finish_point("a"))


@parity
def test_a_fan_out_is_folded_by_name(lg: Engine) -> None:
    builder = _build(lg, "z", "m", "a", "end")
    for name in ("z", "m", "a"):
        builder.add_edge(lg.START, name).add_edge(name, "end")
    _run(lg, builder)


@parity
def test_a_target_of_paths_of_different_length_runs_twice(lg: Engine) -> None:
    builder = _build(lg, "a", "b", "c", "end").add_edge(lg.START, "a").add_edge(lg.START, "b")
    _run(lg, builder.add_edge("a", "c").add_edge("c", "end").add_edge("b", "end"))


@parity
def test_a_join_waits_for_all(lg: Engine) -> None:
    builder = _build(lg, "a", "b", "c", "end").add_edge(lg.START, "a").add_edge(lg.START, "b")
    _run(lg, builder.add_edge("a", "c").add_edge(["c", "b"], "end"))


@parity
def test_a_join_to_the_end(lg: Engine) -> None:
    builder = _build(lg, "a", "b").add_edge(lg.START, "a").add_edge(lg.START, "b")
    _run(lg, builder.add_edge(["a", "b"], lg.END))


@parity
def test_a_join_of_which_one_source_never_runs(lg: Engine) -> None:
    builder = _build(lg, "a", "b", "end").add_edge(lg.START, "a").add_edge(["a", "b"], "end")
    builder.add_conditional_edges("a", lambda state: lg.END, ["b", lg.END])
    _run(lg, builder)


@parity
def test_a_join_in_a_loop(lg: Engine) -> None:
    builder = _build(lg, "a", "b", "both").add_edge(lg.START, "a").add_edge(lg.START, "b")
    builder.add_edge(["a", "b"], "both")
    builder.add_conditional_edges(
        "both", lambda state: ["a", "b"] if len(state["log"]) < 6 else lg.END, ["a", "b", lg.END]
    )
    _run(lg, builder)


@parity
def test_two_joins_to_one_node(lg: Engine) -> None:
    builder = _build(lg, "a", "b", "c", "d", "end")
    for name in ("a", "b", "c"):
        builder.add_edge(lg.START, name)
    builder.add_edge("c", "d")
    _run(lg, builder.add_edge(["a", "b"], "end").add_edge(["c", "d"], "end"))


@parity
def test_a_deferred_node_runs_last(lg: Engine) -> None:
    builder = _build(lg, "a", "b", "c").add_node("end", _logs("end"), defer=True)
    builder.add_edge(lg.START, "a").add_edge("a", "b").add_edge("b", "c")
    _run(lg, builder.add_edge("a", "end").add_edge("c", "end"))


@parity
def test_two_deferred_nodes(lg: Engine) -> None:
    builder = _build(lg, "a", "b").add_node("y", _logs("y"), defer=True)
    builder.add_node("x", _logs("x"), defer=True).add_edge(lg.START, "a").add_edge("a", "b")
    _run(lg, builder.add_edge("a", "y").add_edge("b", "x").add_edge("y", lg.END))


@parity
def test_a_branch_with_a_path_map(lg: Engine) -> None:
    builder = _build(lg, "a", "yes", "no").add_edge(lg.START, "a")
    builder.add_conditional_edges("a", lambda state: True, {True: "yes", False: "no"})
    _run(lg, builder)


@parity
def test_a_branch_sees_what_its_node_wrote(lg: Engine) -> None:
    builder = _build(lg, "even", "odd").add_edge(lg.START, "count")
    builder.add_node("count", lambda state: {"count": 3, "log": ["count"]})
    builder.add_conditional_edges(
        "count",
        lambda state: ["even", "odd"][state["count"] % 2] if state["log"][-1] == "count" else "",
        ["even", "odd"],
    )
    _run(lg, builder)


@parity
def test_a_branch_that_chooses_several(lg: Engine) -> None:
    builder = _build(lg, "a", "x", "y", "z").add_edge(lg.START, "a")
    builder.add_conditional_edges("a", lambda state: ["z", "x"], ["x", "y", "z"])
    _run(lg, builder)


@parity
def test_two_branches_of_one_node(lg: Engine) -> None:
    def first(state: State) -> Literal["x"]:
        return "x"

    def second(state: State) -> Literal["x", "y"]:
        return "y"

    builder = _build(lg, "a", "x", "y").add_edge(lg.START, "a")
    _run(lg, builder.add_conditional_edges("a", first).add_conditional_edges("a", second))


@parity
def test_a_branch_beside_an_edge(lg: Engine) -> None:
    builder = _build(lg, "a", "x", "y").add_edge(lg.START, "a").add_edge("a", "x")
    _run(lg, builder.add_conditional_edges("a", lambda state: "y", ["y"]))


@parity
def test_start_branches(lg: Engine) -> None:
    builder = _build(lg, "a", "b")
    _run(lg, builder.set_conditional_entry_point(lambda s: s["log"][0], {"in": "b", "out": "a"}))


@parity
def test_sends_are_folded_in_order_after_edges(lg: Engine) -> None:
    def fan_out(state: State) -> Any:
        return [lg.Send("each", {"n": n}) for n in (3, 1, 2)]

    builder = _build(lg, "a", "b").add_node("each", lambda state: {"log": [state["n"]]})
    builder.add_edge(lg.START, "a").add_conditional_edges("a", fan_out, ["each"])
    _run(lg, builder.add_edge("a", "b").add_edge("each", lg.END))


@parity
def test_sends_from_several_nodes(lg: Engine) -> None:
    def fan_out(state: State) -> Any:
        return [lg.Send("each", state["log"][-1]), lg.Send("each", "x")]

    builder = _build(lg, "b", "a").add_node("each", lambda word: {"log": [f"<{word}>"]})
    for name in ("b", "a"):
        builder.add_edge(lg.START, name).add_conditional_edges(name, fan_out, ["each"])
    _run(lg, builder)


@parity
def test_map_and_reduce(lg: Engine) -> None:
    def fan_out(state: State) -> Any:
        return [lg.Send("each", {"n": n}) for n in range(4)]

    builder = _build(lg, "sum").add_node("each", lambda state: {"log": [state["n"] ** 2]})
    builder.add_conditional_edges(lg.START, fan_out, ["each"]).add_edge("each", "sum")
    _run(lg, builder)


@parity
def test_sends_that_send(lg: Engine) -> None:
    def again(state: Any) -> Any:
        n = state["n"]
        goto = [lg.Send("each", {"n": n - 1})] if n else []
        return lg.Command(update={"log": [n]}, goto=goto)

    builder = lg.StateGraph(State).add_node("each", again, destinations=("each",))
    _run(lg, builder.add_conditional_edges(lg.START, lambda s: lg.Send("each", {"n": 3}), ["each"]))


@parity
def test_a_command_goes_somewhere(lg: Engine) -> None:
    def go(state: State) -> Any:
        return lg.Command(update={"log": ["go"]}, goto="b")

    builder = _build(lg, "a", "b").add_node("go", go, destinations=("b",))
    _run(lg, builder.add_edge(lg.START, "go"))


@parity
def test_a_goto_is_added_to_the_edges(lg: Engine) -> None:
    builder = _build(lg, "a", "b").add_node("go", lambda state: lg.Command(goto="b"))
    _run(lg, builder.add_edge(lg.START, "go").add_edge("go", "a"))


@parity
def test_a_goto_to_the_end_cancels_nothing(lg: Engine) -> None:
    builder = _build(lg, "a").add_node("go", lambda state: lg.Command(goto=lg.END))
    _run(lg, builder.add_edge(lg.START, "go").add_edge("go", "a"))


@parity
def test_a_goto_with_names_and_sends(lg: Engine) -> None:
    def go(state: State) -> Any:
        return lg.Command(goto=["b", lg.Send("each", {"n": 1}), "a", lg.Send("each", {"n": 0})])

    builder = _build(lg, "a", "b").add_node("go", go)
    builder.add_node("each", lambda state: {"log": [state["n"]]})
    _run(lg, builder.add_edge(lg.START, "go"))


@parity
def test_several_commands_in_one_return(lg: Engine) -> None:
    def go(state: State) -> Any:
        return [
            lg.Command(update={"log": [1]}, goto="a"),
            {"log": [2]},
            lg.Command(update={"log": [3]}, goto="b"),
        ]

    _run(lg, _build(lg, "a", "b").add_node("go", go).add_edge(lg.START, "go"))


@parity
def test_commands_from_parallel_nodes(lg: Engine) -> None:
    builder = _build(lg, "x", "y")
    for name, target in (("b", "x"), ("a", "y")):
        go = lg.Command(update={"log": [name]}, goto=target)
        builder.add_node(name, lambda state, go=go: go).add_edge(lg.START, name)
    _run(lg, builder)


@parity
def test_a_loop_with_an_end(lg: Engine) -> None:
    builder = lg.StateGraph(State).add_edge(lg.START, "up")
    builder.add_node("up", lambda s: {"count": s.get("count", 0) + 1, "log": ["up"]})
    builder.add_conditional_edges(
        "up", lambda state: "up" if state["count"] < 4 else lg.END, ["up", lg.END]
    )
    _run(lg, builder)


@parity
def test_the_step_limit(lg: Engine) -> None:
    builder = _build(lg, "a", "b").add_edge(lg.START, "a").add_edge("a", "b")
    run = lg.run(builder.add_edge("b", lg.END))
    for limit in (1, 3):  # 2 is in test_differences.py
        configurable = {"thread_id": str(limit)}
        run.config = {"configurable": configurable, "recursion_limit": limit}
        run.invoke({"log": ["in"]})
        run.config = {"configurable": configurable}
        run.invoke(None)
