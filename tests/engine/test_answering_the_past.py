"""Answer a question of an old checkpoint anew: on a fork, and only the question that was shown."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import START, Command, CompiledGraph, StateGraph, interrupt
from graphcli.errors import ConflictError, InvalidAnswerError, InvalidUpdateError, NotFoundError
from graphcli.storage import open_storage
from tests.engine.helpers import Log, on, payloads

CONFIG = on("1")


class State(TypedDict):
    log: Annotated[list[str], operator.add]


def asking(saver: Any, ran: Log | None = None, **questions: Any) -> CompiledGraph:
    """Nodes side by side, each with its `questions`, and `plain` beside them; then `end`."""
    ran = ran if ran is not None else Log()

    def node(name: str, asks: list[str]) -> Any:
        def run(_: State) -> State:
            ran(name)
            told = [interrupt(question) for question in asks]
            return {"log": [f"{name}:{','.join(told)}" if told else name]}

        return run

    graph = StateGraph(State).add_node("end", node("end", []))
    for name, asks in {**questions, "plain": []}.items():
        graph.add_node(name, node(name, asks)).add_edge(START, name)
    graph.add_edge([*questions, "plain"], "end")
    return graph.compile(checkpointer=saver)


def answered(graph: CompiledGraph, **answers: str) -> dict[str, Any]:
    """Run to the end with `answers` by question, and return the config of where it asked."""
    state = graph.invoke({"log": []}, CONFIG)
    config = graph.get_state(CONFIG).config
    while asked := state.get("__interrupt__"):
        state = graph.invoke(Command(resume={q.id: answers[q.value] for q in asked}), CONFIG)
    return config


def log(graph: CompiledGraph) -> list[str]:
    found: list[str] = graph.get_state(CONFIG).values["log"]
    return found


def test_a_new_answer_is_taken_on_a_fork(saver: Any) -> None:
    ran = Log()
    graph = asking(saver, ran, a=["A?"])
    old = answered(graph, **{"A?": "one"})
    before = list(graph.get_state_history(CONFIG))
    ran.taken()
    assert graph.invoke(Command(resume="two"), old) == {"log": ["a:two", "plain", "end"]}
    assert ran.names == ["a", "end"]  # what had ended beside it is not run again
    history = list(graph.get_state_history(CONFIG))
    assert history[3:] == before  # the old line stays as it was
    fork = history[2]
    assert (fork.metadata or {})["source"] == "fork"
    assert fork.parent_config == old
    assert graph.invoke(Command(resume="three"), fork.config)["log"][0] == "a:three"
    assert graph.invoke(Command(resume="four"), old)["log"][0] == "a:four"


def test_a_record_tells_what_was_asked_and_answered(saver: Any) -> None:
    graph = asking(saver, a=["A?"], b=["B?"])
    old = answered(graph, **{"A?": "one", "B?": "two"})
    record = graph.get_state(old)
    assert [asked.value for asked in record.interrupts] == ["A?", "B?"]
    assert [task.result for task in record.tasks] == [
        {"log": ["a:one"]},
        {"log": ["b:two"]},
        {"log": ["plain"]},
    ]
    assert record.next == ("a", "b", "plain")
    asked_at = [len(s.interrupts) for s in graph.get_state_history(CONFIG)]
    assert asked_at == [0, 0, 2, 0]


def test_of_several_questions_one_gets_another_answer(saver: Any) -> None:
    ran = Log()
    graph = asking(saver, ran, a=["A?"], b=["B?"])
    old = answered(graph, **{"A?": "one", "B?": "two"})
    ran.taken()
    with pytest.raises(RuntimeError, match="multiple pending interrupts"):
        graph.invoke(Command(resume="which"), old)
    asked = {question.value: question.id for question in graph.get_state(old).interrupts}
    told = graph.invoke(Command(resume={asked["B?"]: "new"}), old)
    assert told == {"log": ["a:one", "b:new", "plain", "end"]}
    assert ran.names == ["b", "end"]


def test_what_nobody_answered_is_what_one_value_is_for(saver: Any) -> None:
    graph = asking(saver, a=["A?"], b=["B?"])
    graph.invoke({"log": []}, CONFIG)
    a, _ = graph.get_state(CONFIG).interrupts
    graph.invoke(Command(resume={a.id: "one"}), CONFIG)
    old = graph.get_state(CONFIG).config
    graph.invoke({"log": ["new"]}, CONFIG)  # withdraws B?
    assert graph.invoke(Command(resume="two"), old) == {"log": ["a:one", "b:two", "plain", "end"]}


def test_a_question_beside_it_that_was_open_is_open_again(saver: Any) -> None:
    ran = Log()
    graph = asking(saver, ran, a=["A?"], b=["B?"])
    graph.invoke({"log": []}, CONFIG)
    a, _ = graph.get_state(CONFIG).interrupts
    old = graph.get_state(CONFIG).config
    graph.invoke({"log": ["new"]}, CONFIG)
    ran.taken()
    asks = graph.invoke(Command(resume={a.id: "one"}), old)
    assert payloads(asks) == ["B?"]
    assert ran.taken() == ["a"]
    told = graph.invoke(Command(resume="two"), CONFIG)
    assert told == {"log": ["a:one", "b:two", "plain", "end"]}


def test_a_new_answer_keeps_those_before_it_and_asks_those_after_it(saver: Any) -> None:
    graph = asking(saver, a=["A1?", "A2?"])
    old = answered(graph, **{"A1?": "1", "A2?": "2"})
    first, second = graph.get_state(old).interrupts
    assert (first.value, second.value) == ("A1?", "A2?")
    assert graph.invoke(Command(resume={second.id: "new"}), old)["log"][0] == "a:1,new"
    asks = graph.invoke(Command(resume={first.id: "new"}), old)
    assert payloads(asks) == ["A2?"]
    assert graph.invoke(Command(resume="newer"), CONFIG)["log"][0] == "a:new,newer"
    both = {first.id: "x", second.id: "y"}
    assert graph.invoke(Command(resume=both), old)["log"][0] == "a:x,y"


def test_a_question_that_was_never_shown_gets_no_old_answer(saver: Any) -> None:
    old = answered(asking(saver, a=["A?"]), **{"A?": "one"})
    changed = asking(saver, a=["Delete everything?"])
    asks = changed.invoke(Command(resume="yes"), old)
    assert payloads(asks) == ["Delete everything?"]
    assert log(changed) == ["plain"]


def test_an_old_answer_brings_an_update_and_another_node(saver: Any) -> None:
    ran = Log()
    graph = asking(saver, ran, a=["A?"])
    old = answered(graph, **{"A?": "one"})
    ran.taken()
    told = graph.invoke(Command(resume="two", update={"log": ["u"]}, goto="end"), old)
    assert told == {"log": ["u", "a:two", "end", "plain", "end"]}
    assert sorted(ran.taken()) == ["a", "end", "end"]


def test_a_command_without_an_answer_asks_anew_on_a_fork(saver: Any) -> None:
    graph = asking(saver, a=["A?"])
    old = answered(graph, **{"A?": "one"})
    assert payloads(graph.invoke(Command(update={"log": ["u"]}), old)) == ["A?"]
    assert graph.get_state(old).values == {"log": []}
    assert graph.invoke(Command(resume="two"), CONFIG)["log"] == ["u", "a:two", "plain", "end"]


def test_the_newest_checkpoint_by_its_id_is_answered_where_it_is(saver: Any) -> None:
    graph = asking(saver, a=["A?"])
    graph.invoke({"log": []}, CONFIG)
    head = graph.get_state(CONFIG).config
    assert graph.invoke(Command(resume="one"), head)["log"] == ["a:one", "plain", "end"]
    assert len(list(graph.get_state_history(CONFIG))) == 4


def test_an_updated_checkpoint_is_gone_on_from_without_another_fork(saver: Any) -> None:
    graph = asking(saver, a=["A?"])
    old = answered(graph, **{"A?": "one"})
    fork = graph.update_state(old, {"log": ["u"]}, as_node=START)
    count = len(list(graph.get_state_history(CONFIG)))
    assert payloads(graph.invoke(None, fork)) == ["A?"]
    assert len(list(graph.get_state_history(CONFIG))) == count
    assert graph.invoke(Command(resume="two"), fork)["log"] == ["u", "a:two", "plain", "end"]
    # Now that something has been built on it, it is forked.
    assert graph.invoke(Command(resume="three"), fork)["log"] == ["u", "a:three", "plain", "end"]


@pytest.mark.parametrize(
    ("command", "error", "says"),
    [
        (Command(resume={"0" * 32: "x"}), NotFoundError, "has asked no question 0000"),
        (Command(resume="x", update=7), InvalidUpdateError, "expected dict"),
        (Command(update=7), InvalidUpdateError, "expected dict"),
    ],
)
def test_what_does_not_fit_makes_no_fork(
    saver: Any, command: Command[Any], error: type[Exception], says: str
) -> None:
    graph = asking(saver, a=["A?"])
    old = answered(graph, **{"A?": "one"})
    before = list(graph.get_state_history(CONFIG))
    with pytest.raises(error, match=says):
        graph.invoke(command, old)
    assert list(graph.get_state_history(CONFIG)) == before


def test_an_answer_where_nothing_was_asked_is_refused(saver: Any) -> None:
    graph = asking(saver, a=["A?"])
    answered(graph, **{"A?": "one"})
    first = list(graph.get_state_history(CONFIG))[-1]
    with pytest.raises(ConflictError, match="has asked nothing: the answer was not used"):
        graph.invoke(Command(resume="two"), first.config)


def test_an_old_answer_is_checked_before_anything_moves(saver: Any) -> None:
    def node(_: State) -> State:
        return {"log": [interrupt("?", response_schema={"type": "string"})]}

    graph = StateGraph(State).add_node("a", node).add_edge(START, "a").compile(checkpointer=saver)
    graph.invoke({"log": []}, CONFIG)
    old = graph.get_state(CONFIG).config
    graph.invoke(Command(resume="one"), CONFIG)
    with pytest.raises(InvalidAnswerError, match="does not fit"):
        graph.invoke(Command(resume=2), old)
    assert log(graph) == ["one"]


def test_the_journal_has_the_answers_of_every_fork(tmp_path: Path) -> None:
    with open_storage(tmp_path / "t.db") as storage:
        graph = asking(storage, a=["A1?", "A2?"])
        old = answered(graph, **{"A1?": "1", "A2?": "2"})
        _, second = graph.get_state(old).interrupts
        graph.invoke(Command(resume={second.id: "new"}), old)
        journal = [(e.node, e.status, e.answer.value) for e in storage.journal("1")]
        assert storage.questions("1") == ()
    assert journal == [
        ("a", "accepted", "1"),
        ("a", "accepted", "2"),
        ("a", "accepted", "1"),
        ("a", "accepted", "new"),
    ]
