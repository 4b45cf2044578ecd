"""Back in time: history, forks, updates from outside, side by side with LangGraph."""

import operator
from typing import Annotated, Any, TypedDict

from tests.parity.engine import Engine, Run, parity


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    name: str


def _three(lg: Engine, **compiled: Any) -> Run:
    builder = lg.StateGraph(State)
    for name in ("a", "b", "c"):
        builder.add_node(name, lambda state, name=name: {"log": [name]})
    builder.add_edge(lg.START, "a").add_edge("a", "b").add_edge("b", "c")
    return lg.run(builder, **compiled)


def _asking(lg: Engine) -> Run:
    builder = lg.StateGraph(State).add_node("before", lambda state: {"log": ["before"]})
    builder.add_node("ask", lambda state: {"log": [lg.interrupt("name?")]})
    builder.add_node("after", lambda state: {"log": ["after"]})
    builder.add_edge(lg.START, "before").add_edge("before", "ask").add_edge("ask", "after")
    return lg.run(builder)


@parity
def test_the_history_of_a_chain(lg: Engine) -> None:
    run = _three(lg)
    run.invoke({"log": ["in"]})
    run.history()
    run.history(limit=2)
    run.history(filter={"source": "loop"})
    run.history(filter={"step": 1})
    run.history(before=run.before("c"))
    run.history(before=run.before("c"), limit=1, filter={"source": "loop"})


@parity
def test_every_checkpoint_can_be_looked_at(lg: Engine) -> None:
    run = _three(lg)
    run.invoke({"log": ["in"]})
    for state in run.history():
        run.look(state.config)


@parity
def test_a_thread_that_does_not_exist(lg: Engine) -> None:
    run = _three(lg)
    run.look()
    run.history()


@parity
def test_going_on_from_an_old_checkpoint(lg: Engine) -> None:
    run = _three(lg)
    run.invoke({"log": ["in"]})
    run.invoke(None, at=run.before("b"))
    run.history()


@parity
def test_going_on_from_the_input(lg: Engine) -> None:
    run = _three(lg)
    run.invoke({"log": ["in"]})
    run.invoke(None, at=run.before("__start__"))
    run.history()


@parity
def test_going_on_from_the_end(lg: Engine) -> None:
    run = _three(lg)
    run.invoke({"log": ["in"]})
    run.invoke(None, at=run.graph.get_state(run.config).config)
    run.history()


@parity
def test_new_input_at_an_old_checkpoint(lg: Engine) -> None:
    run = _three(lg)
    run.invoke({"log": ["in"]})
    run.invoke({"log": ["new"]}, at=run.before("b"))
    run.history()


@parity
def test_an_update_as_the_last_writer(lg: Engine) -> None:
    run = _three(lg)
    run.invoke({"log": ["in"]})
    run.update({"log": ["me"]})
    run.invoke(None)
    run.history()


@parity
def test_an_update_as_a_node_in_the_middle(lg: Engine) -> None:
    run = _three(lg)
    run.invoke({"log": ["in"]})
    run.update({"log": ["me"]}, as_node="a")
    run.invoke(None)
    run.history()


@parity
def test_an_update_of_a_new_thread(lg: Engine) -> None:
    run = _three(lg)
    run.update({"log": ["me"]}, as_node="b")
    run.invoke(None)
    run.history()


@parity
def test_an_update_of_a_new_thread_without_a_node(lg: Engine) -> None:
    run = _three(lg)
    run.update({"log": ["me"]})
    run.invoke(None)
    run.history()


@parity
def test_an_update_as_the_end(lg: Engine) -> None:
    run = _three(lg, interrupt_before=["b"])
    run.invoke({"log": ["in"]})
    run.update(None, as_node=lg.END)
    run.invoke(None)
    run.history()


@parity
def test_an_update_as_an_unknown_node(lg: Engine) -> None:
    run = _three(lg)
    run.invoke({"log": ["in"]})
    run.update({"log": ["me"]}, as_node="nobody")


@parity
def test_an_update_where_several_wrote_last(lg: Engine) -> None:
    builder = lg.StateGraph(State)
    for name in ("a", "b"):
        builder.add_node(name, lambda state, name=name: {"log": [name]}).add_edge(lg.START, name)
    run = lg.run(builder)
    run.invoke({"log": ["in"]})
    run.update({"log": ["me"]})
    run.update({"log": ["me"]}, as_node="a")


@parity
def test_a_fork_with_other_values(lg: Engine) -> None:
    run = _three(lg)
    run.invoke({"log": ["in"], "name": "ada"})
    run.update({"name": "bob"}, at=run.before("b"))
    run.look()


@parity
def test_two_updates_in_a_row(lg: Engine) -> None:
    run = _three(lg, interrupt_before=["b"])
    run.invoke({"log": ["in"]})
    run.update({"name": "ada"})
    run.update({"name": "bob"})
    run.invoke(None)
    run.history()


@parity
def test_an_update_runs_the_branches_of_its_node(lg: Engine) -> None:
    builder = lg.StateGraph(State).add_node("a", lambda state: {"name": "x"})
    for name in ("x", "y"):
        builder.add_node(name, lambda state, name=name: {"log": [name]})
    builder.add_edge(lg.START, "a").add_conditional_edges("a", lambda s: s["name"], ["x", "y"])
    run = lg.run(builder, interrupt_before=["x", "y"])
    run.invoke({"log": []})
    run.update({"name": "y"}, as_node="a")
    run.invoke(None)


@parity
def test_an_update_while_a_question_waits(lg: Engine) -> None:
    run = _asking(lg)
    run.invoke({"log": ["in"]})
    run.update({"name": "ada"})
    run.invoke(None)
    run.resume("bob")
    run.history()


@parity
def test_an_update_as_the_node_that_waits_skips_it(lg: Engine) -> None:
    run = _asking(lg)
    run.invoke({"log": ["in"]})
    run.update({"log": ["skipped"]}, as_node="ask")
    run.invoke(None)
    run.history()


@parity
def test_going_back_before_a_question_asks_it_again(lg: Engine) -> None:
    run = _asking(lg)
    run.invoke({"log": ["in"]})
    run.resume("ada")
    run.invoke(None, at=run.before("before"))
    run.resume("bob")
    run.history()


@parity
def test_going_back_to_an_answered_question_asks_it_again(lg: Engine) -> None:
    run = _asking(lg)
    run.invoke({"log": ["in"]})
    run.resume("ada")
    run.invoke(None, at=run.before("ask"))
    run.resume("bob")
    run.history()


@parity
def test_a_fork_before_a_question_then_the_answer(lg: Engine) -> None:
    run = _asking(lg)
    run.invoke({"log": ["in"]})
    run.resume("ada")
    run.update({"log": ["forked"]}, at=run.before("ask"))
    run.invoke(None)
    run.resume("bob")
    run.history()


@parity
def test_a_failed_thread_is_gone_back_in(lg: Engine) -> None:
    failures = [ValueError("once")]

    def fail(state: State) -> State:
        if failures:
            raise failures.pop()
        return {"log": ["mended"]}

    builder = lg.StateGraph(State).add_node("a", lambda state: {"log": ["a"]})
    builder.add_node("fail", fail).add_edge(lg.START, "a").add_edge("a", "fail")
    run = lg.run(builder)
    run.invoke({"log": ["in"]})
    run.invoke(None, at=run.before("a"))
    run.history()
