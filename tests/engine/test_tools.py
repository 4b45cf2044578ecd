"""What a model calls is run, checked first, and answered in the style of the call."""

from __future__ import annotations

import asyncio
import dataclasses
import operator
import threading
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypedDict

import pytest
from pydantic import BaseModel

from graphcli import (
    END,
    REMOVE_ALL_MESSAGES,
    START,
    Command,
    InjectedState,
    InjectedToolCallId,
    MessagesState,
    Rejected,
    RemoveMessage,
    Send,
    StateGraph,
    ToolNode,
    interrupt,
    tools_condition,
)
from graphcli.errors import (
    InvalidGraphError,
    InvalidMessageError,
    InvalidUpdateError,
    NodeTimeoutError,
    ToolInvocationError,
)
from tests.engine.helpers import on
from tests.engine.toolkit import asking, call, graph_with, results, run, told


def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


def fail(why: str) -> str:
    raise OSError(why)


# Definitions ---------------------------------------------------------------------------------


class Place(BaseModel):
    city: str


class Trip(BaseModel):
    places: list[Place]


def weather(
    trip: Trip,
    unit: Annotated[Literal["C", "F"], "degrees"] = "C",
    *,
    state: Annotated[dict[str, Any], InjectedState],
    id_: Annotated[str, InjectedToolCallId],
    config: Mapping[str, Any],
) -> str:
    """Tell the weather."""
    return f"{trip.places[0].city} {unit} {sorted(state)} {id_} {sorted(config)}"


def test_a_model_is_told_of_what_it_may_give_and_of_nothing_else() -> None:
    added, told_ = ToolNode([add, weather]).definitions
    assert added == {
        "type": "function",
        "function": {
            "name": "add",
            "description": "Add two numbers.",
            "parameters": {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
                "required": ["a"],
                "additionalProperties": False,
            },
        },
    }
    parameters = told_["function"]["parameters"]
    assert sorted(parameters["properties"]) == ["trip", "unit"]
    assert parameters["properties"]["unit"] == {"enum": ["C", "F"], "description": "degrees"}
    assert sorted(parameters["$defs"]) == ["Place"]


def test_what_the_run_lends_reaches_the_tool_and_cannot_be_forged() -> None:
    arguments = {"trip": {"places": [{"city": "Oslo"}]}, "state": {"forged": 1}, "id_": "forged"}
    (answer,) = run(graph_with(weather), call("weather", "c1", **arguments))
    assert answer["content"] == "Oslo C ['messages'] c1 ['configurable', 'metadata', 'tags']"


def test_one_key_of_the_state_is_lent_where_it_is_asked_for() -> None:
    class State(MessagesState):
        user: str

    def greet(user: Annotated[str, InjectedState("user")]) -> str:
        return f"Hello, {user}"

    def maybe(user: Annotated[str, InjectedState("user")] = "nobody") -> str:
        return user

    graph = graph_with(greet, maybe, state=State)
    assert run(graph, call("greet", "1"), user="Ada") == [told("Hello, Ada", "greet", "1")]
    assert run(graph_with(maybe, state=State), call("maybe", "1"))[0]["content"] == "nobody"
    with pytest.raises(Exception, match="tool `greet` needs `user` of the state"):
        run(graph_with(greet, state=State), call("greet", "1"))


def test_a_tool_streams_with_the_writer() -> None:
    def count(to: int, writer: Any) -> str:
        for n in range(to):
            writer(n)
        return "counted"

    graph = graph_with(count)
    asked = {"messages": [asking(call("count", "1", to=3))]}
    assert list(graph.stream(asked, on("t"), stream_mode="custom")) == [0, 1, 2]


def by_position(a: int, /) -> int:
    return a


def lost(a: "Nowhere") -> int:  # type: ignore[name-defined] # noqa: F821, UP037 - that is the point.
    return int(a)


@pytest.mark.parametrize(
    ("tools", "why"),
    [
        ([add, add], "two tools are named `add`"),
        ([by_position], "tool `by_position` takes `a` only by position"),
        ([lost], "the annotations of tool `lost` cannot be read: name 'Nowhere' is not defined"),
        ([7], "a node is a function, not a int"),
    ],
)
def test_what_no_model_could_call_is_no_tool(tools: list[Any], why: str) -> None:
    with pytest.raises(InvalidGraphError) as caught:
        ToolNode(tools)
    assert str(caught.value) == why


# Results -------------------------------------------------------------------------------------


@dataclasses.dataclass
class Odd:
    n: int


@pytest.mark.parametrize(
    ("returned", "content"),
    [
        ("text", "text"),
        ({"größe": [1, None]}, '{"größe": [1, null]}'),
        (None, "null"),
        ([], "[]"),
        ((1, 2), "[1, 2]"),
        (Odd(1), "Odd(n=1)"),
        ([{"type": "text", "text": "a block"}], [{"type": "text", "text": "a block"}]),
        ([{"type": "invoice"}], '[{"type": "invoice"}]'),
    ],
)
def test_what_a_tool_returns_is_the_content(returned: Any, content: Any) -> None:
    def tool() -> Any:
        return returned

    assert run(graph_with(tool), call("tool", "1")) == [told(content, "tool", "1")]


def test_a_tool_may_return_its_own_message_or_an_update_and_where_to_go() -> None:
    class State(MessagesState):
        log: Annotated[list[str], operator.add]

    def own(id_: Annotated[str, InjectedToolCallId]) -> dict[str, Any]:
        return told("mine", "own", id_)

    def change(id_: Annotated[str, InjectedToolCallId]) -> Command[str]:
        return Command(update={"messages": [told("", "", id_)], "log": ["changed"]}, goto="next")

    graph = StateGraph(State).add_node(ToolNode([own, change, add])).add_edge(START, "tools")
    graph.add_node("next", lambda state: {"log": [str(len(state["messages"]))]})
    calls = [call("change", "1"), call("own", "2"), call("add", "3", a=1)]
    output = graph.compile().invoke({"messages": [asking(*calls)]})
    assert results(output) == [told("", "", "1"), told("mine", "own", "2"), told("2", "add", "3")]
    assert output["log"] == ["changed", "4"]


def test_several_messages_are_one_answer_and_what_else_there_is_to_say() -> None:
    def talk(id_: Annotated[str, InjectedToolCallId]) -> list[Any]:
        return [told("done", "talk", id_), Command(goto=END)]

    assert run(graph_with(talk), call("talk", "1")) == [told("done", "talk", "1")]


@pytest.mark.parametrize(
    ("returned", "count"),
    [
        (Command(update={"messages": []}), 0),
        (Command(update={"messages": [told("", "", "another's")]}), 0),
        ([told("a", "t", "1"), told("b", "t", "1")], 2),
        ([Command(goto=END), Command(goto=END)], 0),
    ],
)
def test_every_call_gets_one_answer(returned: Any, count: int) -> None:
    def tool() -> Any:
        return returned

    with pytest.raises(InvalidUpdateError) as caught:
        run(graph_with(tool, handle_tool_errors=True), call("tool", "1"))
    assert str(caught.value) == f"tool `tool` returned {count} messages that answer its call"


def test_a_tool_may_only_lead_on_or_forget_the_conversation() -> None:
    def forget() -> Command[str]:
        return Command(update={"messages": [RemoveMessage(REMOVE_ALL_MESSAGES)]})

    def lead() -> Command[str]:
        return Command(goto=END)

    assert run(graph_with(lead), call("lead", "1")) == []
    asked = {"messages": [asking(call("forget", "1"))]}
    assert graph_with(forget).invoke(asked, on("t")) == {"messages": []}


def test_async_tools_and_sync_ones_run_side_by_side() -> None:
    async def later(a: int) -> int:
        return a

    calls = [call("later", "1", a=1), call("add", "2", a=1)]
    assert run(graph_with(later, add), *calls) == [told("1", "later", "1"), told("2", "add", "2")]


# Errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("{oops", "they are not JSON: Expecting property name enclosed in double quotes"),
        ('{"a": NaN}', "they are not JSON: NaN is no number"),
        ("[" * 100_000, "they are not JSON: maximum recursion depth exceeded"),
        ('{"a": ' + "9" * 5000 + "}", "they are not JSON: Exceeds the limit"),
        ("[1]", "they are a list, not an object"),
        (7, "they are a int, not an object"),
        ({1: 2}, "they are a dict, not an object"),
        ('{"a": "one"}', 'a: "one" is not of type "integer"'),
        ("", '"a" is a required property'),
        ('{"a": 1, "c": 2}', "Additional properties are not allowed"),
        ('{"a": "\\ud800"}', ""),
    ],
    ids=str,
)
def test_arguments_that_do_not_fit_are_told_to_the_model(given: Any, why: str) -> None:
    asked = {**call("add", "1"), "function": {"name": "add", "arguments": given}}
    (answer,) = run(graph_with(add), asked)
    assert answer["tool_call_id"] == "1"
    assert answer["content"].startswith(f"Error: the arguments of tool `add` do not fit: {why}")
    assert answer["content"].endswith("\nMend them and call it again.")
    assert len(answer["content"]) < 2200


def test_a_class_that_refuses_its_value_is_an_argument_that_does_not_fit() -> None:
    @dataclasses.dataclass
    class Even:
        n: int

        def __post_init__(self) -> None:
            if self.n % 2:
                raise ValueError("it is odd")

    def halve(even: Even) -> int:
        return even.n // 2

    halve.__annotations__ = {"even": Even}
    calls = [call("halve", "1", even={"n": 3}), call("halve", "2", even={"n": 4})]
    first, second = run(graph_with(halve), *calls)
    assert "do not fit: even: it is odd" in first["content"]
    assert second["content"] == "2"


def test_a_tool_that_does_not_exist_is_told_with_the_near_miss() -> None:
    (answer,) = run(graph_with(add, fail), call("ad", "1"))
    said = "Error: there is no tool `ad`; did you mean `add`?; there is `add`, `fail`"
    assert answer == told(said, "ad", "1")


def test_an_error_of_a_tool_fails_its_task_and_no_other() -> None:
    healed = False

    def fragile() -> str:
        if not healed:
            raise OSError("no network")
        return "fine"

    graph = graph_with(fragile, add)
    with pytest.raises(OSError, match="no network"):
        run(graph, call("add", "1", a=1), call("fragile", "2"))
    healed = True
    assert results(graph.invoke(None, on("t")))[1] == told("fine", "fragile", "2")


def of_os(error: OSError) -> str:
    return f"the system says: {error}"


def of_two(error: OSError | KeyError) -> str:
    return "either"


HANDLED: dict[str, tuple[Any, str]] = {
    "all": (True, "Error: OSError('why')\nMend your mistake and try again."),
    "a type": (OSError, "Error: OSError('why')\nMend your mistake and try again."),
    "several": ((KeyError, OSError), "Error: OSError('why')\nMend your mistake and try again."),
    "a text": ("try later", "try later"),
    "a function": (of_os, "the system says: why"),
    "a function of two": (of_two, "either"),
    "a function of any": (lambda error: "any", "any"),
}


@pytest.mark.parametrize("case", HANDLED)
def test_errors_are_told_as_the_node_says(case: str) -> None:
    handle, content = HANDLED[case]
    graph = graph_with(fail, handle_tool_errors=handle)
    assert run(graph, call("fail", "1", why="why")) == [told(content, "fail", "1")]


def of_keys(error: KeyError) -> str:
    return "never"


@pytest.mark.parametrize("handle", [False, KeyError, (KeyError, TypeError), of_keys])
def test_errors_that_it_does_not_name_fail_the_task(handle: Any) -> None:
    graph = graph_with(fail, handle_tool_errors=handle)
    with pytest.raises(OSError, match="why"):
        run(graph, call("fail", "1", why="why"))


def test_without_handling_arguments_that_do_not_fit_fail_the_task() -> None:
    with pytest.raises(ToolInvocationError) as caught:
        run(graph_with(add, handle_tool_errors=False), call("add", "1", a="one"))
    assert (caught.value.tool, caught.value.fault) == ("add", 'a: "one" is not of type "integer"')


def test_neither_a_question_nor_a_persons_no_is_told_to_the_model() -> None:
    def ask() -> str:
        if interrupt("Go on?") == "no":
            raise Rejected("a person said no")
        return "went on"

    graph = graph_with(ask, handle_tool_errors=True)
    asked = graph.invoke({"messages": [asking(call("ask", "1"))]}, on("t"))
    assert [question.value for question in asked["__interrupt__"]] == ["Go on?"]
    with pytest.raises(Rejected):
        graph.invoke(Command(resume="no"), on("t"))


# A model is not trusted ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "calls",
    [
        "run rm",
        7,
        {"a": 1},
        [None],
        [[]],
        ["add"],
        [{}],
        [{"function": "add"}],
        [{"function": {"name": ["add"]}}],
        [{"id": {}, "type": "function", "function": {"name": None, "arguments": "{}"}}],
        [{"type": "tool_call"}],
    ],
    ids=repr,
)
def test_what_is_no_call_is_answered_as_an_unknown_tool(calls: Any) -> None:
    graph = graph_with(add)
    message = {"role": "assistant", "content": "", "tool_calls": calls}
    (answer,) = results(graph.invoke({"messages": [message]}, on("t")))
    assert answer == told("Error: there is no tool ``; there is `add`", "", "")


def test_a_thousand_calls_are_answered_in_their_order() -> None:
    calls = [call("add", str(n), a=n) for n in range(1000)]
    expected = [told(str(n + 1), "add", str(n)) for n in range(1000)]
    assert run(graph_with(add), *calls) == expected


def test_calls_with_one_id_or_none_are_all_answered() -> None:
    calls: list[Any] = [call("add", "same", a=1), call("add", "same", a=2), call("add", "", a=3)]
    calls.append({"function": {"name": "add", "arguments": '{"a": 4}'}})
    answers = run(graph_with(add), *calls)
    assert [(a["tool_call_id"], a["content"]) for a in answers] == [
        ("same", "2"),
        ("same", "3"),
        ("", "4"),
        ("", "5"),
    ]


@pytest.mark.parametrize("role", [None, 7, ["assistant"], {"assistant": 1}])
def test_a_message_of_an_odd_role_calls_nothing(role: Any) -> None:
    messages = [asking(call("add", "1", a=1)), {**asking(call("add", "2", a=2)), "role": role}]
    (answer, *more) = results(graph_with(add).invoke({"messages": messages}, on("t")))
    assert (answer["tool_call_id"], more) == ("1", [])


# Where it stands in a graph ------------------------------------------------------------------


def test_no_calls_write_nothing_and_the_edges_are_followed() -> None:
    graph = StateGraph(MessagesState).add_node(ToolNode([add])).add_edge(START, "tools")
    graph.add_node("next", lambda state: {"messages": "went on"}).add_edge("tools", "next")
    said = graph.compile().invoke({"messages": [asking(), "a user speaks"]})["messages"]
    assert [message["content"] for message in said] == ["", "a user speaks", "went on"]


@pytest.mark.parametrize("messages", [[], ["a user speaks"]])
def test_without_an_assistant_there_is_nothing_to_run(messages: Any) -> None:
    with pytest.raises(InvalidMessageError, match="No message found in `messages`"):
        graph_with(add).invoke({"messages": messages}, on("t"))


def test_a_state_without_keys_is_refused_with_the_remedy() -> None:
    state = Annotated[list[Any], operator.add]
    with pytest.raises(InvalidMessageError) as caught:
        graph_with(add, state=state).invoke([asking(call("add", "1", a=1))], on("t"))
    assert caught.value.remedy == "StateGraph(MessagesState), or another state with `messages`"


def test_the_messages_may_have_another_key_and_the_node_another_name() -> None:
    class State(TypedDict):
        chat: Annotated[list[Any], operator.add]

    node = ToolNode([add], name="helpers", messages_key="chat")
    graph = StateGraph(State).add_node(node).add_edge(START, "helpers").compile()
    asked = asking(call("add", "1", a=1))
    assert graph.invoke({"chat": [asked]}) == {"chat": [asked, told("2", "add", "1")]}


def sent(state: Any) -> Any:
    calls = state["messages"][-1]["tool_calls"]
    return {"one by one": [Send("tools", each) for each in calls], "at once": Send("tools", calls)}


@pytest.mark.parametrize("how", ["one by one", "at once"])
def test_sent_calls_are_tasks_too(how: str) -> None:
    graph = StateGraph(MessagesState).add_node(ToolNode([add]))
    graph.add_conditional_edges(START, lambda state: sent(state)[how])
    compiled = graph.compile(interrupt_before=["tools"], checkpointer=graph_with(add).checkpointer)
    calls = [call("add", "1", a=1), {"id": "2", "name": "add", "args": {"a": 2}}]
    compiled.invoke({"messages": [asking(*calls)]}, on("t"))
    assert compiled.get_state(on("t")).next == ("tools", "tools")
    answers = results(compiled.invoke(None, on("t")))
    assert answers == [told("2", "add", "1"), told("3", "add", "2")]


def test_a_state_that_is_sent_is_split_as_well() -> None:
    graph = StateGraph(MessagesState).add_node(ToolNode([add]))
    other = {"messages": [asking(call("add", "1", a=1), call("add", "2", a=2))]}
    graph.add_conditional_edges(START, lambda state: Send("tools", other))
    updates = list(graph.compile().stream({"messages": []}))
    assert [len(update["tools"]["messages"]) for update in updates] == [1, 1]


@pytest.mark.parametrize(
    ("messages", "where"),
    [
        ([asking(call("add", "1"))], "tools"),
        ([asking()], END),
        ([asking(call("add", "1")), {"role": "user", "content": "no, wait"}], END),
        ([{"role": "assistant", "content": "Hi"}], END),
        ([{"role": "assistant", "content": "", "tool_calls": "odd"}], "tools"),
    ],
)
def test_the_condition_looks_at_the_latest_message(messages: Any, where: str) -> None:
    assert tools_condition({"messages": messages}) == where
    assert tools_condition(messages) == where
    assert tools_condition({"chat": messages}, messages_key="chat") == where


def test_the_condition_needs_messages() -> None:
    with pytest.raises(InvalidMessageError, match="No messages found in `messages`"):
        tools_condition({})


# Outside of a graph --------------------------------------------------------------------------


async def later(a: int, writer: Any, config: Any, state: Annotated[Any, InjectedState]) -> str:
    writer("heard by nobody")
    return f"{a} {config} {len(state['messages'])}"


def test_it_can_be_tried_without_a_graph() -> None:
    node, asked = ToolNode([add, fail]), asking(call("add", "1", a=1), call("add", "2", a=2))
    answers = [told("2", "add", "1"), told("3", "add", "2")]
    assert node.invoke({"messages": [asked]}) == {"messages": answers}
    assert node.invoke([asked]) == answers
    assert node.invoke(asked["tool_calls"]) == {"messages": answers}
    assert node.invoke({"messages": [asking()]}) == {"messages": []}
    with pytest.raises(InvalidMessageError):
        node.invoke([])
    with pytest.raises(OSError, match="why"):
        node.invoke([asking(call("fail", "1", why="why"))])
    assert ToolNode([later]).invoke([asking(call("later", "1", a=1))]) == [
        told("1 {} 1", "later", "1")
    ]


def test_a_tool_that_is_not_async_holds_up_no_async_one() -> None:
    heard = threading.Event()

    def wait() -> str:
        assert heard.wait(20)
        return threading.current_thread().name

    async def free() -> str:
        heard.set()
        return threading.current_thread().name

    first, second = run(graph_with(wait, free), call("wait", "1"), call("free", "2"))
    assert (first["content"], second["content"]) == ("graphcli-task", "graphcli-loop")


def test_a_timeout_is_for_tools_that_can_be_stopped() -> None:
    async def endless() -> None:
        await asyncio.Event().wait()

    with pytest.raises(InvalidGraphError, match="node `tools` has a timeout but is not async"):
        StateGraph(MessagesState).add_node(ToolNode([endless, add]), timeout=0.01)
    graph = StateGraph(MessagesState).add_node(ToolNode([endless]), timeout=0.01)
    compiled = graph.add_edge(START, "tools").compile()
    with pytest.raises(NodeTimeoutError):
        compiled.invoke({"messages": [asking(call("endless", "1"))]})
