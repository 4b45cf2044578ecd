"""ToolNode: the node that runs what a model calls, each call a task of its own."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Literal

from graphcli.engine.graph.injection import INJECTED
from graphcli.engine.tools.calls import (
    ToolCall,
    calls_in,
    conversation,
    last_request,
    parts,
    read_call,
)
from graphcli.engine.tools.kinds import tool_of
from graphcli.engine.tools.results import Handle, answers, invalid_arguments, told, tool_message
from graphcli.engine.tools.tool import STATE, Tool
from graphcli.engine.values.model import END, Command
from graphcli.errors import (
    InvalidGraphError,
    InvalidMessageError,
    ToolInvocationError,
    did_you_mean,
)


class ToolNode:
    """A node that runs the tool calls of the assistant's latest message.

    In a graph each call is a task: with its own record, questions, answers, retries and, after a
    crash, its own uncertainty. Results stand in the order of the calls, in the style of the
    calls: dicts, or LangChain's messages.

    `tools` are functions, or LangChain's tools. A function's docstring and annotations tell the
    model what it is for (`definitions`); a parameter marked `InjectedState` or
    `InjectedToolCallId`, and one named `config` or `writer`, is not the model's to give.

    `handle_tool_errors` says which errors the model is told instead of failing the task: by
    default arguments that do not fit; True for all, a type or several, a function that returns
    the text (its annotation says for which), a text; False for none.

    Raises:
        InvalidGraphError: two tools have one name, or a model could not call one of them.
    """

    def __init__(
        self,
        tools: Sequence[Any],
        *,
        name: str = "tools",
        handle_tool_errors: Handle = invalid_arguments,
        messages_key: str = "messages",
    ) -> None:
        self.name = name
        self._key = messages_key
        self._handle = handle_tool_errors
        made = [tool_of(tool) for tool in tools]
        self._tools: dict[str, Tool] = {tool.name: tool for tool in made}
        if len(self._tools) < len(made):
            names = [tool.name for tool in made]
            twice = next(name for name in names if names.count(name) > 1)
            raise InvalidGraphError(f"two tools are named `{twice}`", "give one another name")
        self.tools_by_name = {tool.name: given for tool, given in zip(made, tools, strict=True)}
        self.is_async = bool(made) and all(tool.is_async for tool in made)
        self.wants = {name: name for tool in made for name in sorted(tool.wants)}
        self.wants |= {"config": "config"}

    @property
    def definitions(self) -> list[dict[str, Any]]:
        """The tools as OpenAI's models are told of them: names, descriptions, JSON Schemas."""
        return [tool.definition for tool in self._tools.values()]

    def split(self, given: Any) -> list[dict[str, Any]]:
        """Return one part for each tool call in `given`: a graph makes a task of each."""
        return parts(given, self._key)

    def awaits(self, given: Any) -> bool:
        """Return whether one of the calls in `given` is for an async tool."""
        called = [self._tools.get(read_call(part).name) for part in self.split(given)]
        return any(tool is not None and tool.is_async for tool in called)

    def run(self, given: Any, **lent: Any) -> Any:
        """Run one call with what a graph lends, by `wants`: something to await if it awaits.

        Raises:
            InvalidMessageError: there is no message of an assistant.
        """
        if isinstance(given, list):
            raise InvalidMessageError(
                f"the state is a list, and node `{self.name}` needs a key for the messages",
                f"StateGraph(MessagesState), or another state with `{self._key}`",
            )
        work = self._together(given, lent)
        return work if self.awaits(given) else _finished(work)

    def invoke(self, input: Any, config: Mapping[str, Any] | None = None) -> Any:  # noqa: A002 - LangGraph's name.
        """Run the calls in `input` outside of a graph, one after the other.

        `input` is a state, a list of messages (so is then the result), or a list of calls.

        Raises:
            InvalidMessageError: there is no message of an assistant.
        """
        if not self.awaits(input):
            return _finished(self._together(input, self._lent(input, config)))
        # Deferred: 72 ms, and only async tools need it.
        import asyncio

        return asyncio.run(self.ainvoke(input, config))

    async def ainvoke(self, input: Any, config: Mapping[str, Any] | None = None) -> Any:  # noqa: A002 - LangGraph's name.
        """Run like `invoke`, on the caller's event loop."""
        return await self._together(input, self._lent(input, config))

    __call__ = invoke

    def _lent(self, given: Any, config: Mapping[str, Any] | None) -> dict[str, Any]:
        """What tools get where no graph lends it: the state that was given, and no listener."""
        state = {self._key: given} if isinstance(given, list) else given
        nothing = dict.fromkeys(INJECTED)
        return {**nothing, STATE: state, "config": config or {}, "writer": lambda _value: None}

    async def _together(self, given: Any, lent: Mapping[str, Any]) -> Any:
        found = self.split(given)
        if not found and last_request(conversation(given, self._key)) is None:
            raise InvalidMessageError(
                f"No message found in `{self._key}` that an assistant wrote",
                "go to the tools after the model has answered: see tools_condition",
            )
        items = [item for part in found for item in await self._answers(read_call(part), lent)]
        if isinstance(given, list) and last_request(given) is not None:
            return items
        return self._update(items)

    def _update(self, items: list[Any]) -> Any:
        """Messages as one update; Commands stay apart from them."""
        if not any(isinstance(item, Command) for item in items):
            return {self._key: items}
        return [i if isinstance(i, Command) else {self._key: [i]} for i in items]

    async def _answers(self, call: ToolCall, lent: Mapping[str, Any]) -> list[Any]:
        tool = self._tools.get(call.name)
        if tool is None:
            return [tool_message(call, self._unknown(call.name), failed=True)]
        try:
            return answers(call, await self._called(tool, call, lent), self._key)
        except Exception as error:
            content = told(error, self._handle)
            if content is None:
                raise
            return [tool_message(call, content, failed=True)]

    async def _called(self, tool: Tool, call: ToolCall, lent: Mapping[str, Any]) -> Any:
        if call.fault:
            raise ToolInvocationError(call.name, call.fault)
        return await tool.call(call, tool.arguments(call, lent), lent["config"])

    def _unknown(self, name: str) -> str:
        name, known = name[:80], ", ".join(f"`{known}`" for known in self._tools)
        return (
            f"Error: there is no tool `{name}`{did_you_mean(name, self._tools)}; there is {known}"
        )


def tools_condition(state: Any, messages_key: str = "messages") -> Literal["tools", "__end__"]:
    """Lead to the node `tools` where the latest message calls tools, else to END.

    Raises:
        InvalidMessageError: there are no messages.
    """
    messages = conversation(state, messages_key)
    if not messages:
        raise InvalidMessageError(
            f"No messages found in `{messages_key}` to look for tool calls",
            "put the branch after the node that calls the model",
        )
    return "tools" if calls_in(messages[-1]) else END


def _finished(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to its end what never suspends, because no tool in it is async."""
    try:
        work.send(None)
    except StopIteration as stop:
        return stop.value
    work.close()
    raise RuntimeError("a tool that is not async has suspended")
