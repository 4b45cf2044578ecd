"""The real producers of payloads: what they send is understood, and they take what is delivered."""

from collections.abc import Callable
from typing import Any

import pytest
from langchain.agents.middleware import HumanInTheLoopMiddleware, ToolCallRequest
from langchain.agents.middleware.human_in_the_loop import InterruptMode
from langchain.tools import ToolRuntime
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import BaseTool, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command
from mcp.types import ElicitRequestFormParams, ElicitRequestURLParams, ElicitResult

from graphcli.errors import InvalidAnswerError
from graphcli.prompts import check_named, fit, fit_field
from tests.prompts.build import question


@tool
def send(to: str, copies: int = 1) -> str:
    """Send it."""
    return f"sent to {to}, {copies}"


@tool
def remove(path: str) -> str:
    """Remove it."""
    return f"removed {path}"


TOOLS: dict[str, BaseTool] = {"send": send, "remove": remove}
ALLOWED: dict[str, Any] = {
    "send": True,
    "remove": {"allowed_decisions": ["approve", "reject"], "description": "Gone for good"},
}
THREAD: Any = {"configurable": {"thread_id": "1"}}
SEND = {"name": "send", "args": {"to": "ann", "copies": 2}, "id": "c1", "type": "tool_call"}
REMOVE = {"name": "remove", "args": {"path": "x"}, "id": "c2", "type": "tool_call"}


class Agent:
    """The middleware around a model that has called tools, run by LangGraph itself."""

    def __init__(self, mode: InterruptMode, *calls: Any) -> None:
        self.middleware = HumanInTheLoopMiddleware(ALLOWED, interrupt_mode=mode)
        self.calls = calls
        self.ran: list[Any] = []
        self.edited: Any = None
        builder = StateGraph(MessagesState)
        builder.add_node("act", self.act if mode == "batched" else self.act_per_call)
        self.graph = builder.add_edge(START, "act").compile(checkpointer=InMemorySaver())

    def act(self, state: Any, runtime: Runtime[Any]) -> Any:
        state["messages"] = [*state["messages"], AIMessage("", tool_calls=list(self.calls))]
        done = self.middleware.after_model(state, runtime) or {}
        self.edited = done["hitl_edited_tool_calls"]
        return {"messages": done["messages"]}

    def act_per_call(self, state: Any, runtime: Runtime[Any]) -> Any:
        call = self.calls[0]
        tools: Any = ToolRuntime(state, None, {}, lambda _: None, call["id"], None)
        request = ToolCallRequest(call, TOOLS[call["name"]], state, tools)
        result: Any = self.middleware.wrap_tool_call(request, self.run)
        return {"messages": [result]}

    def run(self, request: ToolCallRequest) -> ToolMessage:
        assert request.tool is not None
        self.ran.append(request.tool_call["args"])
        result = request.tool.invoke(request.tool_call["args"])
        return ToolMessage(result, tool_call_id=request.tool_call["id"])

    def ask(self) -> Any:
        start: Any = {"messages": [("user", "go")]}
        (asked,) = self.graph.invoke(start, THREAD)["__interrupt__"]
        return question(asked.value, getattr(asked, "response_schema", None))

    def answer(self, value: Any) -> list[str]:
        messages = self.graph.invoke(Command(resume=value), THREAD)["messages"]
        return [message.text for message in messages if isinstance(message, ToolMessage)]


def named(found: Any, **fields: str) -> Any:
    given = {name.strip("_").replace("_", "."): text for name, text in fields.items()}
    return check_named(found, {name: fit_field(found, name, text) for name, text in given.items()})


def test_the_middleware_takes_one_decision_an_action() -> None:
    agent = Agent("batched", SEND, REMOVE)
    found = agent.ask()
    assert found.message == "Decide on `send`, `remove`."
    assert found.context["1. arguments"] == {"to": "ann", "copies": 2}
    assert found.context["2. description"] == "Gone for good"
    with pytest.raises(
        InvalidAnswerError, match="`2` is `edit`; it must be one of approve, reject"
    ):
        fit_field(found, "2", "edit")
    edited = named(found, _1="edit", _1_args='{"to": "bob"}', _2="reject", _2_message="keep it")
    assert agent.answer(edited) == [
        "User rejected the tool call for `remove` with reason: keep it",
    ]
    assert agent.edited == {"c1": {"name": "send", "args": {"to": "bob"}}}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("approve", []),
        ("no", ["User rejected the tool call for `remove` with id c2. The tool was not executed."]),
    ],
)
def test_the_middleware_takes_a_word(value: str, told: list[str]) -> None:
    agent = Agent("batched", REMOVE)
    answers = agent.answer(fit(agent.ask(), value))
    assert [text.partition(" Do not retry")[0] for text in answers] == told


PER_CALL: list[tuple[Callable[[Any], Any], list[Any], str]] = [
    (lambda q: fit(q, "yes"), [{"to": "ann", "copies": 2}], "sent to ann, 2"),
    (lambda q: named(q, decision="edit", args_to="bob"), [{"to": "bob", "copies": 2}], "bob, 2"),
    (lambda q: named(q, decision="reject", message="late"), [], "with reason: late"),
    (lambda q: named(q, decision="respond", response="Done."), [], "Done."),
]


@pytest.mark.parametrize(("say", "ran", "told"), PER_CALL)
def test_the_middleware_takes_the_decision_on_one_call(
    say: Callable[[Any], Any], ran: list[Any], told: str
) -> None:
    agent = Agent("per_call", SEND)
    found = agent.ask()
    assert [f.name for f in found.field.fields if f.asked] == [
        *("decision", "args.to", "args.copies", "message", "response")
    ]
    (text,) = agent.answer(say(found))
    assert agent.ran == ran
    assert told in text


def test_the_schema_of_a_call_is_kept() -> None:
    found = Agent("per_call", SEND).ask()
    assert found.schema is not None
    with pytest.raises(InvalidAnswerError, match=r"`args\.copies` is `many`"):
        named(found, decision="edit", args_copies="many")
    other = '{"type": "edit", "edited_action": {"name": "remove", "args": {"to": "x"}}}'
    with pytest.raises(InvalidAnswerError, match="`name` breaks the rule `const`"):
        fit(found, other)


def test_a_call_that_may_only_be_approved_has_a_plain_schema() -> None:
    agent = Agent("per_call", {**REMOVE, "args": {"path": "y"}})
    agent.middleware.interrupt_on["remove"]["allowed_decisions"] = ["approve"]
    assert agent.answer(fit(agent.ask(), "approve")) == ["removed y"]


PROPERTIES = {
    "name": {"type": "string", "title": "Name", "maxLength": 9},
    "pets": {"type": "array", "items": {"type": "string", "enum": ["cat", "dog"]}},
    "size": {"type": "string", "enum": ["s", "m"], "enumNames": ["Small", "Medium"]},
    "news": {"type": "boolean", "default": True},
}


@pytest.mark.parametrize("by_alias", [True, False])
def test_an_mcp_server_takes_what_is_delivered(by_alias: bool) -> None:
    schema = {"type": "object", "properties": PROPERTIES, "required": ["name"]}
    params = ElicitRequestFormParams(message="Who?", requested_schema=schema)
    found = question(params.model_dump(by_alias=by_alias, exclude_none=True))
    delivered = named(found, name="Ann", pets="cat, dog", size="Medium")
    result = ElicitResult.model_validate(delivered)
    assert result.action == "accept"
    assert result.content == {"name": "Ann", "pets": ["cat", "dog"], "size": "m", "news": True}
    for word in ("decline", "cancel"):
        assert ElicitResult.model_validate(fit(found, word)).model_dump(exclude_none=True) == {
            "action": word
        }


def test_an_mcp_address_is_accepted_or_declined() -> None:
    params = ElicitRequestURLParams(message="Log in", url="https://example.org")
    found = question(params.model_dump(by_alias=True, exclude_none=True))
    assert found.context == {"url": "https://example.org"}
    assert ElicitResult.model_validate(fit(found, "yes")).action == "accept"
