"""Questions and answers, side by side with LangGraph."""

import operator
from typing import Annotated, Any, TypedDict

from tests.parity.engine import Engine, parity


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    name: str


def _asks(lg: Engine, *questions: Any) -> Any:
    """A node that asks all of `questions`, one after the other, and logs the answers."""

    def ask(state: State) -> State:
        return {"log": [lg.interrupt(question) for question in questions]}

    return ask


def _chain(lg: Engine, **nodes: Any) -> Any:
    builder = lg.StateGraph(State)
    before = lg.START
    for name, node in nodes.items():
        builder.add_node(name, node)
        builder.add_edge(before, name)
        before = name
    return builder.add_edge(before, lg.END)


def _side_by_side(lg: Engine, **nodes: Any) -> Any:
    builder = lg.StateGraph(State)
    for name, node in nodes.items():
        builder.add_node(name, node).add_edge(lg.START, name).add_edge(name, lg.END)
    return builder


def _logs(word: str) -> Any:
    return lambda state: {"log": [word]}


@parity
def test_one_question(lg: Engine) -> None:
    run = lg.run(_chain(lg, before=_logs("before"), ask=_asks(lg, "name?"), after=_logs("after")))
    run.invoke({"log": ["in"]})
    run.resume("ada")
    run.history()


@parity
def test_two_questions_in_one_node(lg: Engine) -> None:
    run = lg.run(_chain(lg, ask=_asks(lg, "first?", "second?")))
    run.invoke({"log": []})
    run.resume(1)
    run.resume(2)
    run.history()


@parity
def test_asking_again_keeps_the_question(lg: Engine) -> None:
    run = lg.run(_chain(lg, ask=_asks(lg, "name?")))
    run.invoke({"log": []})
    run.invoke(None)
    run.resume("ada")


@parity
def test_falsy_answers_arrive(lg: Engine) -> None:
    run = lg.run(_chain(lg, ask=_asks(lg, "a?", "b?", "c?", "d?")))
    run.invoke({"log": []})
    answers: list[Any] = [False, 0, "", []]
    for answer in answers:
        run.resume(answer)


@parity
def test_none_is_an_answer_by_id(lg: Engine) -> None:
    run = lg.run(_chain(lg, ask=_asks(lg, "a?")))
    run.invoke({"log": []})
    run.answer({"a?": None})


@parity
def test_a_dict_that_is_no_id_map_is_the_answer(lg: Engine) -> None:
    run = lg.run(_chain(lg, ask=_asks(lg, "a?")))
    run.invoke({"log": []})
    run.resume({"age": 25, "ids": {"a" * 32: 1}})


@parity
def test_a_payload_of_any_shape(lg: Engine) -> None:
    payload = {"question": "which?", "options": ["a", "b"], "deep": {"n": [1, 2.5, None, True]}}
    run = lg.run(_chain(lg, ask=_asks(lg, payload, ["x"], 7, None)))
    run.invoke({"log": []})
    for answer in "abcd":
        run.resume(answer)


@parity
def test_parallel_questions_answered_together(lg: Engine) -> None:
    run = lg.run(_side_by_side(lg, a=_asks(lg, "a?"), b=_asks(lg, "b?"), c=_logs("c")))
    run.invoke({"log": []})
    run.answer({"a?": 1, "b?": 2})
    run.history()


@parity
def test_parallel_questions_answered_one_by_one(lg: Engine) -> None:
    run = lg.run(_side_by_side(lg, a=_asks(lg, "a?"), b=_asks(lg, "b?"), c=_logs("c")))
    run.invoke({"log": []})
    run.answer({"b?": 2})
    run.answer({"a?": 1})
    run.history()


@parity
def test_one_value_for_several_questions_is_refused(lg: Engine) -> None:
    run = lg.run(_side_by_side(lg, a=_asks(lg, "a?"), b=_asks(lg, "b?")))
    run.invoke({"log": []})
    run.resume("whose?")


@parity
def test_the_last_of_several_questions_takes_one_value(lg: Engine) -> None:
    run = lg.run(_side_by_side(lg, a=_asks(lg, "a?"), b=_asks(lg, "b?")))
    run.invoke({"log": []})
    run.answer({"a?": 1})
    run.resume(2)


@parity
def test_two_questions_in_each_of_two_nodes(lg: Engine) -> None:
    run = lg.run(_side_by_side(lg, a=_asks(lg, "a1?", "a2?"), b=_asks(lg, "b1?", "b2?")))
    run.invoke({"log": []})
    run.answer({"a1?": 1, "b1?": 2})
    run.answer({"b2?": 3})
    run.answer({"a2?": 4})


@parity
def test_a_question_for_each_send(lg: Engine) -> None:
    def fan_out(state: State) -> Any:
        return [lg.Send("ask", {"name": name}) for name in ("x", "y", "z")]

    builder = lg.StateGraph(State)
    builder.add_node("ask", lambda state: {"log": [lg.interrupt(state["name"])]})
    builder.add_node("done", _logs("done"))
    builder.add_conditional_edges(lg.START, fan_out, ["ask"])
    builder.add_edge("ask", "done").add_edge("done", lg.END)
    run = lg.run(builder)
    run.invoke({"log": []})
    run.answer({"y": "Y"})
    run.answer({"x": "X", "z": "Z"})
    run.history()


@parity
def test_a_loop_that_asks_until_it_is_content(lg: Engine) -> None:
    def ask(state: State) -> Any:
        name = lg.interrupt({"name?": state.get("name")})
        return lg.Command(update={"name": name, "log": [name]}, goto="ask" if not name else "end")

    builder = lg.StateGraph(State).add_node("ask", ask, destinations=("ask", "end"))
    builder.add_node("end", _logs("end")).add_edge(lg.START, "ask")
    run = lg.run(builder)
    run.invoke({"log": []})
    for answer in ("", "", "ada"):
        run.resume(answer)
    run.history()


@parity
def test_asking_again_inside_one_node(lg: Engine) -> None:
    def ask(state: State) -> State:
        said: list[Any] = []
        while not (age := lg.interrupt(f"age? {said}")):
            said.append(age)
        return {"log": [age]}

    run = lg.run(_chain(lg, ask=ask))
    run.invoke({"log": []})
    for answer in (0, 0, 41):
        run.resume(answer)


@parity
def test_a_node_that_fails_after_its_answer(lg: Engine) -> None:
    failures = [ValueError("not yet")]

    def ask(state: State) -> State:
        answer = lg.interrupt("name?")
        if failures:
            raise failures.pop()
        return {"log": [answer]}

    run = lg.run(_chain(lg, ask=ask))
    lg.note_error(lambda: run.graph.invoke({"log": []}, run.config))
    lg.note_error(lambda: run.graph.invoke(lg.Command(resume="ada"), run.config))
    run.invoke(None)


@parity
def test_new_input_drops_the_question(lg: Engine) -> None:
    run = lg.run(_side_by_side(lg, ask=_asks(lg, "name?"), other=_logs("other")))
    run.invoke({"log": ["one"]})
    run.invoke({"log": ["two"]})
    run.resume("ada")
    run.history()


@parity
def test_questions_without_a_checkpointer(lg: Engine) -> None:
    graph = _chain(lg, ask=_asks(lg, "name?")).compile()
    lg.note(graph.invoke({"log": ["in"]}))
    lg.note_error(lambda: graph.invoke(lg.Command(resume="ada")))


@parity
def test_an_async_node_asks(lg: Engine) -> None:
    async def ask(state: State) -> State:
        return {"log": [lg.interrupt("name?")]}

    lg.face = "async"
    run = lg.run(_side_by_side(lg, ask=ask, other=_asks(lg, "other?")))
    run.invoke({"log": []})
    run.answer({"name?": "ada"})
    run.answer({"other?": "bob"})


@parity
def test_an_answer_that_changes_the_next_question(lg: Engine) -> None:
    def ask(state: State) -> State:
        name = lg.interrupt("name?")
        return {"log": [name, lg.interrupt(f"age of {name}?")]}

    run = lg.run(_chain(lg, ask=ask))
    run.invoke({"log": []})
    run.resume("ada")
    run.resume(36)


@parity
def test_two_nodes_ask_one_after_the_other(lg: Engine) -> None:
    run = lg.run(_chain(lg, a=_asks(lg, "a?"), b=_asks(lg, "b?"), c=_asks(lg, "c?")))
    run.invoke({"log": []})
    for answer in (1, 2, 3):
        run.resume(answer)
    run.history()


@parity
def test_a_retried_node_asks_once(lg: Engine) -> None:
    failures = [OSError("no net"), OSError("no net")]

    def ask(state: State) -> State:
        if failures:
            raise failures.pop()
        return {"log": [lg.interrupt("name?")]}

    policy = lg.RetryPolicy(initial_interval=0, jitter=False, retry_on=OSError)
    builder = lg.StateGraph(State).add_node("ask", ask, retry_policy=policy)
    run = lg.run(builder.add_edge(lg.START, "ask"))
    run.invoke({"log": []})
    run.resume("ada")


@parity
def test_threads_do_not_hear_each_other(lg: Engine) -> None:
    run = lg.run(_chain(lg, ask=_asks(lg, "name?")))
    run.invoke({"log": ["t"]})
    run.config = {"configurable": {"thread_id": "other"}}
    run.invoke({"log": ["other"]})
    run.resume("bob")
    run.config = {"configurable": {"thread_id": "t"}}
    run.look()
    run.resume("ada")
