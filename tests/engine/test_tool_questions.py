"""Tools that ask: each call is a task, so that no tool ever gets the answer of another."""

from __future__ import annotations

import operator
import threading
from typing import Annotated, Any

import pytest

from graphcli import (
    END,
    START,
    Command,
    InMemorySaver,
    MessagesState,
    StateGraph,
    ToolNode,
    interrupt,
    tools_condition,
)
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.running.protocol import RunOptions, Settle
from graphcli.engine.running.standing import standing_of, uncertain_tasks
from graphcli.engine.values.model import Status
from tests.engine.helpers import AT_ONCE, DyingSaver, Log, last, on, payloads, saved
from tests.engine.toolkit import asking, call, graph_with, results, told


class Race:
    """Two tools that ask side by side; the slow one asks only after the fast one has asked.

    In one run, where they share a counter, the fast one is always first. On the next run, with one
    answer there, nothing holds the slow one up: it would take the answer that was not meant for it.
    """

    def __init__(self) -> None:
        self.ran = Log()
        self._asked = threading.Event()

    def slow(self) -> str:
        self.ran("slow")
        assert self._asked.wait(20)
        return f"slow got {interrupt('Slow?')}"

    def fast(self) -> str:
        self.ran("fast")
        try:
            return f"fast got {interrupt('Fast?')}"
        finally:
            self._asked.set()

    def graph(self) -> CompiledGraph:
        return graph_with(self.slow, self.fast, saver=InMemorySaver())  # type: ignore[no-any-return]


RACE = {"messages": [asking(call("slow", "s"), call("fast", "f"))]}
BOTH = [told("slow got SLOW", "slow", "s"), told("fast got FAST", "fast", "f")]


def asked_by(output: dict[str, Any]) -> dict[str, str]:
    """The id of each open question by its text."""
    return {question.value: question.id for question in output["__interrupt__"]}


def test_two_tools_ask_at_once_and_each_gets_its_own_answer() -> None:
    race = Race()
    graph = race.graph()
    ids = asked_by(graph.invoke(RACE, on("t")))
    assert sorted(ids) == ["Fast?", "Slow?"]
    answers = {ids["Fast?"]: "FAST", ids["Slow?"]: "SLOW"}
    assert results(graph.invoke(Command(resume=answers), on("t"))) == BOTH


@pytest.mark.parametrize(("first", "second"), [("Slow?", "Fast?"), ("Fast?", "Slow?")])
def test_they_are_answered_one_by_one_in_either_order(first: str, second: str) -> None:
    race = Race()
    graph = race.graph()
    ids = asked_by(graph.invoke(RACE, on("t")))
    assert sorted(race.ran.taken()) == ["fast", "slow"]
    value = {"Slow?": "SLOW", "Fast?": "FAST"}
    still = graph.invoke(Command(resume={ids[first]: value[first]}), on("t"))
    assert payloads(still) == [second]
    assert race.ran.taken() == [first[:-1].lower()], "the other one waits, and does not run"
    done = graph.invoke(Command(resume=value[second]), on("t"))
    assert results(done) == BOTH
    assert race.ran.taken() == [second[:-1].lower()], "the first one is done, and is kept"


def test_the_same_tool_called_twice_asks_twice() -> None:
    def ask(about: str) -> str:
        return f"{about}: {interrupt('Why?')}"

    graph = graph_with(ask)
    calls = [call("ask", "1", about="a"), call("ask", "2", about="b")]
    first, second = graph.invoke({"messages": [asking(*calls)]}, on("t"))["__interrupt__"]
    assert first.id != second.id
    done = graph.invoke(Command(resume={second.id: "two", first.id: "one"}), on("t"))
    assert [answer["content"] for answer in results(done)] == ["a: one", "b: two"]


def test_a_tool_asks_as_often_as_it_likes() -> None:
    def order(what: str) -> str:
        return f"{interrupt('How many?')} {what} for {interrupt('For whom?')}"

    async def deliver() -> str:
        return f"to {interrupt('Where?')}"

    graph = graph_with(order, deliver)
    calls = [call("order", "1", what="tea"), call("deliver", "2")]
    ids = asked_by(graph.invoke({"messages": [asking(*calls)]}, on("t")))
    ids = asked_by(graph.invoke(Command(resume={ids["How many?"]: 2}), on("t")))
    assert sorted(ids) == ["For whom?", "Where?"]
    answers = {ids["For whom?"]: "Ada", ids["Where?"]: "Rome"}
    done = graph.invoke(Command(resume=answers), on("t"))
    assert [answer["content"] for answer in results(done)] == ["2 tea for Ada", "to Rome"]


def test_get_state_shows_a_task_for_each_call() -> None:
    graph = Race().graph()
    graph.invoke(RACE, on("t"))
    state = graph.get_state(on("t"))
    assert state.next == ("tools", "tools")
    assert [[i.value for i in task.interrupts] for task in state.tasks] == [["Slow?"], ["Fast?"]]


# A scripted model ----------------------------------------------------------------------------


def book(hotel: str) -> str:
    """Book a hotel, if a person agrees."""
    return "booked" if interrupt({"question": f"Book {hotel}?"}) == "yes" else "not booked"


def look_up(city: str) -> list[str]:
    """Find the hotels of a city."""
    return [f"{city} Palace"]


def model(state: MessagesState) -> dict[str, Any]:
    """Call both tools, then say what came of it."""
    said = [message["content"] for message in state["messages"] if message["role"] == "tool"]
    if not said:
        calls = [call("look_up", "1", city="Rome"), call("book", "2", hotel="Ritz")]
        return {"messages": asking(*calls)}
    return {"messages": {"role": "assistant", "content": " and ".join(said)}}


def agent(saver: Any = None, **breaks: Any) -> CompiledGraph:
    graph = StateGraph(MessagesState).add_node("model", model).add_edge(START, "model")
    graph.add_node("tools", ToolNode([look_up, book])).add_edge("tools", "model")
    graph.add_conditional_edges("model", tools_condition)
    return graph.compile(checkpointer=saver or InMemorySaver(), **breaks)


def test_a_model_calls_two_tools_and_one_of_them_asks_a_person() -> None:
    graph = agent()
    asked = graph.invoke({"messages": "A room in Rome, please"}, on("t"))
    assert payloads(asked) == [{"question": "Book Ritz?"}]
    assert [message["role"] for message in asked["messages"]] == ["user", "assistant", "tool"]
    said = graph.invoke(Command(resume="yes"), on("t"))["messages"]
    assert said[-1]["content"] == '["Rome Palace"] and booked'
    assert [message["role"] for message in said] == [
        "user",
        "assistant",
        "tool",
        "tool",
        "assistant",
    ]


def test_a_call_is_mended_by_a_person_before_it_runs() -> None:
    graph = agent(interrupt_before=["tools"])
    graph.invoke({"messages": "A room in Rome, please"}, on("t"))
    state = graph.get_state(on("t"))
    assert state.next == ("tools", "tools")
    mended = {**state.values["messages"][-1], "tool_calls": [call("look_up", "1", city="Oslo")]}
    graph.update_state(on("t"), {"messages": mended})
    assert graph.get_state(on("t")).next == ("tools",), "no call of before is left"
    assert graph.invoke(None, on("t"))["messages"][-1]["content"] == '["Oslo Palace"]'


def test_a_person_answers_in_place_of_the_tools() -> None:
    graph = agent(interrupt_before=["tools"])
    graph.invoke({"messages": "A room in Rome, please"}, on("t"))
    answers = [told("none", "look_up", "1"), told("no", "book", "2")]
    graph.update_state(on("t"), {"messages": answers}, as_node="tools")
    assert graph.get_state(on("t")).next == ("model",)
    assert graph.invoke(None, on("t"))["messages"][-1]["content"] == "none and no"


def test_going_back_in_time_runs_the_calls_of_then() -> None:
    graph = agent()
    graph.invoke({"messages": "A room in Rome, please"}, on("t"))
    graph.invoke(Command(resume="no"), on("t"))
    then = next(s for s in graph.get_state_history(on("t")) if s.next == ("tools", "tools"))
    again = graph.invoke(None, then.config)
    assert payloads(again) == [{"question": "Book Ritz?"}]
    said = graph.invoke(Command(resume="yes"), on("t"))["messages"]
    assert said[-1]["content"] == '["Rome Palace"] and booked'


def test_the_edges_after_the_tools_are_followed_once_they_all_have_ended() -> None:
    class State(MessagesState):
        log: Annotated[list[str], operator.add]

    def branch(state: State) -> list[str]:
        return ["joined"]

    graph = StateGraph(State).add_node(ToolNode([look_up, book])).add_edge(START, "tools")
    graph.add_node("joined", lambda state: {"log": [f"{len(state['messages'])} messages"]})
    graph.add_conditional_edges("tools", branch)
    compiled = graph.add_edge("tools", "joined").compile(checkpointer=InMemorySaver())
    calls = [call("look_up", "1", city="Rome"), call("book", "2", hotel="Ritz")]
    assert compiled.invoke({"messages": [asking(*calls)]}, on("t"))["log"] == []
    assert compiled.invoke(Command(resume="yes"), on("t"))["log"] == ["3 messages"]


# Failures and crashes ------------------------------------------------------------------------


def test_one_call_is_tried_again_and_the_other_is_not() -> None:
    ran = Log()

    def fragile() -> str:
        ran("fragile")
        if len(ran.names) < 3:
            raise OSError("not yet")
        return "at last"

    def steady() -> str:
        ran("steady")
        return "steady"

    node = ToolNode([fragile, steady])
    graph = StateGraph(MessagesState).add_node(node, retry_policy=AT_ONCE).add_edge(START, "tools")
    calls = asking(call("fragile", "1"), call("steady", "2"))
    done = graph.compile().invoke({"messages": [calls]}, {"max_concurrency": 1})
    assert [answer["content"] for answer in results(done)] == ["at last", "steady"]
    assert ran.names == ["fragile", "fragile", "fragile", "steady"]


def test_after_a_crash_only_the_call_that_may_have_run_is_uncertain() -> None:
    saver, ran = DyingSaver(), Log()

    def careful() -> str:
        ran("careful")
        return "done"

    def fatal() -> str:
        ran("fatal")
        saver.die()
        return "never"

    graph = graph_with(careful, fatal, saver=saver)
    calls = asking(call("careful", "1"), call("fatal", "2"), call("careful", "3"))
    with pytest.raises(KeyboardInterrupt):
        graph.invoke({"messages": [calls]}, on("t", max_concurrency=1))
    saver.revive()
    assert standing_of(saved(saver), saver).status is Status.UNCERTAIN
    (task,) = uncertain_tasks(saved(saver))
    assert (task.node, task.input["id"]) == ("tools", "2")
    ran.taken()
    done = {"messages": [told("it is done", "fatal", "2")]}
    ended = last(graph.go_on("t", saver, RunOptions(), (), [Settle("done", task.id, done)]))
    assert ended.status is Status.FINISHED
    contents = [answer["content"] for answer in results(dict(ended.values))]
    assert contents == ["done", "it is done", "done"]
    assert ran.taken() == ["careful"], "the first call is kept, the third had not begun"


def test_a_goto_of_one_call_does_not_cancel_what_the_others_lead_to() -> None:
    def stop() -> Command[str]:
        return Command(goto=END, update={"messages": [told("stopped", "stop", "1")]})

    graph = StateGraph(MessagesState).add_node(ToolNode([stop, look_up])).add_edge(START, "tools")
    graph.add_node("next", lambda state: {"messages": "next"}).add_edge("tools", "next")
    calls = asking(call("stop", "1"), call("look_up", "2", city="Rome"))
    said = graph.compile().invoke({"messages": [calls]})["messages"]
    assert said[-1]["content"] == "next"
