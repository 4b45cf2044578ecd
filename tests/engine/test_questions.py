"""interrupt(): who is asked what, and which answer reaches which question."""

import asyncio
import operator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

import pytest
import typing_extensions
from pydantic import BaseModel

from graphcli import START, Command, InMemorySaver, Secret, Send, StateGraph, interrupt
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.running.protocol import RunOptions
from graphcli.engine.values.model import Answer, Status
from graphcli.errors import (
    AlreadyAnsweredError,
    ConflictError,
    InvalidAnswerError,
    NotFoundError,
    NothingToResumeError,
    QuestionChangedError,
    RunFailedError,
    UnsupportedValueError,
)
from tests.engine.helpers import Log, answer, last, on, payloads, saved


class State(TypedDict, total=False):
    got: Annotated[list[Any], operator.add]


def asking(node: Any, saver: InMemorySaver | None = None) -> CompiledGraph:
    """Return a graph of one node."""
    builder = StateGraph(State).add_node("ask", node).add_edge(START, "ask")
    return builder.compile(checkpointer=saver or InMemorySaver())


def test_a_node_runs_again_from_its_start_for_each_answer() -> None:
    ran = Log()

    def node(state: State) -> State:
        ran("start")
        name = interrupt("name?")
        ran("named")
        age = interrupt("age?")
        return {"got": [name, age]}

    graph = asking(node)

    assert payloads(graph.invoke({}, on("t"))) == ["name?"]
    assert payloads(graph.invoke(Command(resume="ada"), on("t"))) == ["age?"]
    assert graph.invoke(Command(resume=36), on("t")) == {"got": ["ada", 36]}
    assert ran.taken() == ["start", "start", "named", "start", "named"]


def test_a_value_is_asked_until_it_is_valid() -> None:
    def node(state: State) -> State:
        tries: list[Any] = []
        while not tries or tries[-1] < 18:
            tries.append(interrupt({"age": "how old?", "not": list(tries)}))
        return {"got": tries}

    graph = asking(node)

    assert payloads(graph.invoke({}, on("t"))) == [{"age": "how old?", "not": []}]
    assert payloads(graph.invoke(Command(resume=5), on("t"))) == [{"age": "how old?", "not": [5]}]
    graph.invoke(Command(resume=17), on("t"))
    assert graph.invoke(Command(resume=18), on("t")) == {"got": [5, 17, 18]}


@pytest.mark.parametrize(
    "value", [None, {}, [], "", 0, False, 0.0, {"a": None}, {"0" * 31: 1}, [{}]]
)
def test_every_value_is_an_answer(value: Any) -> None:
    graph = asking(lambda state: {"got": [interrupt("?")]})
    graph.invoke({}, on("t"))

    output = graph.invoke(Command(resume=value), on("t"))

    assert output == {"got": [value]}
    assert type(output["got"][0]) is type(value)


def test_an_answer_that_looks_like_an_id_map_is_taken_as_one() -> None:
    graph = asking(lambda state: {"got": [interrupt("?")]})
    graph.invoke({}, on("t"))

    with pytest.raises(NotFoundError, match="there is no question 0000"):
        graph.invoke(Command(resume={"0" * 32: 1}), on("t"))
    assert graph.get_state(on("t")).next == ("ask",)


def test_except_exception_cannot_swallow_a_question() -> None:
    def node(state: State) -> State:
        try:
            return {"got": [interrupt("?")]}
        except Exception:  # noqa: BLE001 - what is tested.
            return {"got": ["swallowed"]}

    assert payloads(asking(node).invoke({}, on("t"))) == ["?"]


def test_swallowing_a_question_on_purpose_is_an_error() -> None:
    def node(state: State) -> State:
        with suppress(BaseException):
            interrupt("?")
        return {"got": ["swallowed"]}

    with pytest.raises(RunFailedError, match="node `ask` caught its own interrupt and went on"):
        asking(node).invoke({}, on("t"))


def test_a_finally_may_ask_nothing_new() -> None:
    def node(state: State) -> None:
        try:
            interrupt("first?")
        finally:
            interrupt("second?")

    assert payloads(asking(node).invoke({}, on("t"))) == ["first?"]


def test_outside_of_a_node_nobody_can_be_asked() -> None:
    with pytest.raises(RuntimeError, match="outside of a node"):
        interrupt("?")


def test_a_question_without_a_checkpointer_is_returned() -> None:
    builder = StateGraph(State).add_node("ask", lambda state: interrupt("?"))
    graph = builder.add_edge(START, "ask").compile()

    assert payloads(graph.invoke({})) == ["?"]
    with pytest.raises(RuntimeError, match="without checkpointer"):
        graph.invoke(Command(resume=1))


def test_the_question_is_the_same_until_it_is_answered() -> None:
    graph = asking(lambda state: {"got": [interrupt("?"), interrupt("??")]})

    first = graph.invoke({}, on("t"))["__interrupt__"]
    assert graph.invoke(None, on("t"))["__interrupt__"] == first
    second = graph.invoke(Command(resume=1), on("t"))["__interrupt__"]
    assert second[0].id != first[0].id


def test_what_is_asked_cannot_be_changed_from_outside() -> None:
    graph = asking(lambda state: {"got": [interrupt({"n": [1]})]})

    graph.invoke({}, on("t"))["__interrupt__"][0].value["n"].append(2)

    assert graph.get_state(on("t")).interrupts[0].value == {"n": [1]}


def test_a_node_that_changes_its_answer_gets_it_unchanged_again() -> None:
    def node(state: State) -> State:
        told = interrupt("first?")
        told.append("changed")
        return {"got": [told, interrupt("second?")]}

    graph = asking(node)
    graph.invoke({}, on("t"))
    graph.invoke(Command(resume=["told"]), on("t"))

    assert graph.invoke(Command(resume=2), on("t")) == {"got": [["told", "changed"], 2]}


class Moody:
    """A node whose second question depends on what the test says."""

    def __init__(self) -> None:
        self.text = "delete a?"

    def __call__(self, state: State) -> State:
        return {"got": [interrupt("who?"), interrupt(self.text), interrupt("sure?")]}


def test_an_answer_does_not_reach_a_question_that_has_changed() -> None:
    moody, saver = Moody(), InMemorySaver()
    graph = asking(moody, saver)
    graph.invoke({}, on("t"))
    graph.invoke(Command(resume="ada"), on("t"))
    meant_for_a = saved(saver).questions[0]
    moody.text = "delete b?"

    ended = last(graph.go_on("t", saver, RunOptions(), [answer(meant_for_a, True)]))

    assert (ended.status, ended.void) == (Status.WAITING, (meant_for_a.id,))
    assert [asked.payload for asked in ended.questions] == ["delete b?"]
    assert [told.value for told in saved(saver).answers[meant_for_a.task]] == ["ada"]
    with pytest.raises(QuestionChangedError, match="the node asked something else"):
        last(graph.go_on("t", saver, RunOptions(), [answer(meant_for_a, True)]))
    ended = last(graph.go_on("t", saver, RunOptions(), [answer(ended.questions[0], False)]))
    assert [asked.payload for asked in ended.questions] == ["sure?"]
    assert graph.invoke(Command(resume="yes"), on("t")) == {"got": ["ada", False, "yes"]}


def test_answers_after_a_changed_question_are_void_as_well() -> None:
    moody, saver = Moody(), InMemorySaver()
    graph = asking(moody, saver)
    graph.invoke({}, on("t"))
    graph.invoke(Command(resume="ada"), on("t"))
    graph.invoke(Command(resume=True), on("t"))
    first, second = [told.question for told in next(iter(saved(saver).answers.values()))]
    moody.text = "delete b?"
    sure = saved(saver).questions[0]

    ended = last(graph.go_on("t", saver, RunOptions(), [answer(sure, "yes")]))

    assert ended.void == (second, sure.id)
    assert [told.question for told in saved(saver).answers[sure.task]] == [first]


def test_match_position_gives_an_answer_to_whatever_is_asked_there() -> None:
    texts = iter(["first wording?", "second wording?"])
    graph = asking(lambda state: {"got": [interrupt(next(texts), match="position")]})
    graph.invoke({}, on("t"))

    assert graph.invoke(Command(resume="yes"), on("t")) == {"got": ["yes"]}


def test_match_question_would_have_asked_again() -> None:
    texts = iter(["first wording?", "second wording?"])
    graph = asking(lambda state: {"got": [interrupt(next(texts))]})
    graph.invoke({}, on("t"))

    assert payloads(graph.invoke(Command(resume="yes"), on("t"))) == ["second wording?"]


def test_a_question_asked_anew_replaces_the_one_before() -> None:
    texts, saver = iter(["first?", "second?"]), InMemorySaver()
    graph = asking(lambda state: {"got": [interrupt(next(texts))]}, saver)
    first = graph.invoke({}, on("t"))["__interrupt__"][0]

    graph.invoke(None, on("t"))

    assert [asked.payload for asked in saved(saver).questions] == ["second?"]
    assert saved(saver).thread.open == 1
    with pytest.raises(QuestionChangedError):
        graph.invoke(Command(resume={first.id: "late"}), on("t"))


def test_a_question_that_is_not_asked_any_more_is_closed() -> None:
    saver, asks = InMemorySaver(), [True]
    builder = StateGraph(State).add_node("other", lambda state: {"got": [interrupt("other?")]})
    builder.add_node("moody", lambda state: {"got": [interrupt("?") if asks else "not asked"]})
    builder.add_edge(START, "other").add_edge(START, "moody")
    graph = builder.compile(checkpointer=saver)
    graph.invoke({}, on("t"))
    asks.clear()

    graph.invoke(None, on("t"))

    assert [asked.payload for asked in saved(saver).questions] == ["other?"]
    assert saved(saver).thread.open == 1
    assert graph.invoke(Command(resume="so"), on("t")) == {"got": ["not asked", "so"]}


REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda q: Answer("f" * 32, q.digest, 1), NotFoundError, "there is no question ffff"),
    (lambda q: Answer(q.id, "0" * 64, 1), QuestionChangedError, "has changed since it was shown"),
]


@pytest.mark.parametrize(("given", "error", "message"), REFUSED)
def test_an_answer_that_is_refused_moves_nothing(
    given: Any, error: type[Exception], message: str
) -> None:
    ran, saver = Log(), InMemorySaver()

    def node(state: State) -> State:
        ran("ask")
        return {"got": [interrupt("?")]}

    graph = asking(node, saver)
    graph.invoke({}, on("t"))
    before = saved(saver)

    with pytest.raises(error, match=message):
        last(graph.go_on("t", saver, RunOptions(), [given(before.questions[0])]))

    assert saved(saver) == before
    assert ran.taken() == ["ask"]


def test_one_bad_answer_refuses_its_good_sibling_too() -> None:
    saver = InMemorySaver()
    graph = fan(saver)
    graph.invoke({}, on("t"))
    good, other = saved(saver).questions[:2]
    bad = Answer(other.id, "0" * 64, 1)

    with pytest.raises(QuestionChangedError):
        last(graph.go_on("t", saver, RunOptions(), [answer(good, 1), bad]))

    assert len(saved(saver).questions) == 3


def test_the_second_of_two_answers_is_told_who_was_first() -> None:
    saver = InMemorySaver()
    graph = fan(saver)
    graph.invoke({}, on("t"))
    asked = saved(saver).questions[0]
    last(graph.go_on("t", saver, RunOptions(), [answer(asked, "first")]))

    with pytest.raises(AlreadyAnsweredError, match=r"already answered by ada \(library\) at noon"):
        last(graph.go_on("t", saver, RunOptions(), [answer(asked, "second")]))


def fan(saver: InMemorySaver, ran: Log | None = None) -> CompiledGraph:
    """Return a graph of three tasks that ask and one that does not."""
    ran = ran or Log()

    def ask(number: int) -> State:
        ran(f"ask {number}")
        return {"got": [(number, interrupt(f"{number}?"))]}

    def quiet(state: State) -> State:
        ran("quiet")
        return {"got": ["quiet"]}

    builder = StateGraph(State).add_node("ask", ask).add_node("quiet", quiet)
    builder.add_edge(START, "quiet")
    builder.add_conditional_edges(START, lambda state: [Send("ask", n) for n in (1, 2, 3)])
    return builder.compile(checkpointer=saver)


@pytest.mark.parametrize(
    "sittings", [[[0], [1], [2]], [[2], [0, 1]], [[1, 0, 2]], [[2, 1], [0]]], ids=str
)
def test_questions_side_by_side_are_answered_in_any_order(sittings: list[list[int]]) -> None:
    ran, saver = Log(), InMemorySaver()
    graph = fan(saver, ran)
    asked = graph.invoke({}, on("t"))["__interrupt__"]
    assert sorted(ran.taken()) == ["ask 1", "ask 2", "ask 3", "quiet"]
    output: Any = None

    for sitting in sittings:
        output = graph.invoke(
            Command(resume={asked[n].id: f"told {n + 1}" for n in sitting}), on("t")
        )
        # only those who were answered run again: the quiet one and those who wait do not
        assert sorted(ran.taken()) == sorted(f"ask {n + 1}" for n in sitting)

    assert output == {"got": ["quiet", (1, "told 1"), (2, "told 2"), (3, "told 3")]}


def test_a_finished_sibling_is_seen_while_others_wait() -> None:
    saver = InMemorySaver()
    graph = fan(saver)

    assert graph.invoke({}, on("t"))["got"] == ["quiet"]
    state = graph.get_state(on("t"))
    assert state.values == {"got": ["quiet"]}
    assert state.next == ("ask", "ask", "ask")
    assert state.tasks[0].result == {"got": ["quiet"]}


def test_one_value_for_several_questions_is_refused() -> None:
    saver = InMemorySaver()
    graph = fan(saver)
    graph.invoke({}, on("t"))

    with pytest.raises(RuntimeError, match="you must specify the interrupt id"):
        graph.invoke(Command(resume="all"), on("t"))
    assert len(saved(saver).questions) == 3


def test_an_answer_without_a_question_is_refused() -> None:
    graph = asking(lambda state: {"got": [1]})
    with pytest.raises(NotFoundError, match="there is no thread `t`"):
        graph.invoke(Command(resume=1), on("t"))
    graph.invoke({}, on("t"))
    with pytest.raises(NothingToResumeError, match="`t` is finished: nothing to resume"):
        graph.invoke(Command(resume=1), on("t"))
    graph.invoke({}, on("u"), interrupt_before=["ask"])
    with pytest.raises(ConflictError, match="`u` has no open question"):
        graph.invoke(Command(resume=1), on("u"))


@dataclass
class Decision:
    approve: bool
    why: str = ""


class Person(BaseModel):
    name: str
    age: int


class Choice(TypedDict):
    pick: str


class OtherChoice(typing_extensions.TypedDict):
    pick: str


@pytest.mark.parametrize(
    ("schema", "good", "told", "bad", "field"),
    [
        (Decision, {"approve": True}, Decision(approve=True), {"approve": "yes"}, "approve"),
        (Person, {"name": "a", "age": 3}, Person(name="a", age=3), {"name": "a"}, ""),
        (Choice, {"pick": "x"}, {"pick": "x"}, {}, ""),
        (OtherChoice, {"pick": "x"}, {"pick": "x"}, {}, ""),
        ({"type": "integer", "minimum": 1}, 3, 3, 0, ""),
    ],
)
def test_a_schema_binds_the_answer(schema: Any, good: Any, told: Any, bad: Any, field: str) -> None:
    saver = InMemorySaver()
    graph = asking(lambda state: {"got": [interrupt("?", response_schema=schema)]}, saver)
    graph.invoke({}, on("t"))
    before = saved(saver)

    with pytest.raises(InvalidAnswerError, match="the answer to `ask` does not fit") as refused:
        graph.invoke(Command(resume=bad), on("t"))
    assert refused.value.field == field
    assert saved(saver) == before
    assert graph.invoke(Command(resume=good), on("t")) == {"got": [told]}


def test_a_secret_answer_is_stored_as_a_reference() -> None:
    saver = InMemorySaver()
    graph = asking(lambda state: {"got": [len(interrupt("password?"))]}, saver)
    graph.invoke({}, on("t"))
    asked = saved(saver).questions[0]
    options = RunOptions(reveal={"env:PW": "hunter2"}.get)

    ended = last(graph.go_on("t", saver, options, [answer(asked, Secret("env:PW"))]))

    assert ended.values == {"got": [7]}


def test_a_secret_that_lived_in_another_process_is_asked_again() -> None:
    saver = InMemorySaver()
    graph = asking(lambda state: {"got": [interrupt({"p": "password?"})["p"]]}, saver)
    graph.invoke({}, on("t"))
    asked = saved(saver).questions[0]

    ended = last(graph.go_on("t", saver, RunOptions(), [answer(asked, {"p": Secret("memory:1")})]))

    assert (ended.status, ended.void, ended.forgotten) == (Status.WAITING, (), (asked.id,))
    assert [q.id for q in saved(saver).questions] == [asked.id]


def test_a_payload_without_a_stable_form_is_refused() -> None:
    with pytest.raises(UnsupportedValueError, match=r"payload\.fn: a function cannot be stored"):
        asking(lambda state: interrupt({"fn": lambda: 1})).invoke({}, on("t"))


def test_a_tool_may_ask_from_the_depth_of_a_node() -> None:
    def tool(query: str) -> str:
        return str(interrupt({"query": query})["data"])

    async def node(state: State) -> State:
        await asyncio.sleep(0)
        return {"got": [await asyncio.to_thread(tool, "why?")]}

    graph = asking(node)

    assert payloads(graph.invoke({}, on("t"))) == [{"query": "why?"}]
    assert graph.invoke(Command(resume={"data": "so"}), on("t")) == {"got": ["so"]}


def test_a_question_in_a_task_group_is_still_a_question() -> None:
    async def one() -> Any:
        return interrupt("?")

    async def node(state: State) -> State:
        async with asyncio.TaskGroup() as group:
            told = group.create_task(one())
        return {"got": [told.result()]}

    graph = asking(node)

    assert payloads(graph.invoke({}, on("t"))) == ["?"]
    assert graph.invoke(Command(resume="so"), on("t")) == {"got": ["so"]}
