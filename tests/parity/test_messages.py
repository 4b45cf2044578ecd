"""Conversations, side by side with LangGraph: plain dicts there become messages of LangChain."""

from typing import Any

from tests.parity.engine import Engine, Run, parity


def _says(role: str, text: str, id_: str) -> dict[str, Any]:
    return {"role": role, "content": text, "id": id_}


def _talk(lg: Engine, *replies: Any) -> Run:
    def speak(state: Any) -> Any:
        return {"messages": replies[len(state["messages"]) // 2]}

    return lg.run(
        lg.StateGraph(lg.MessagesState).add_node("speak", speak).add_edge(lg.START, "speak")
    )


@parity
def test_a_conversation_goes_on(lg: Engine) -> None:
    run = _talk(lg, _says("assistant", "hello", "1"), [_says("assistant", "bye", "3")])
    run.invoke({"messages": [_says("user", "hi", "0")]})
    run.invoke({"messages": _says("user", "so long", "2")})
    run.history()


@parity
def test_a_message_of_a_known_id_is_replaced(lg: Engine) -> None:
    run = _talk(lg, [_says("user", "HI", "0"), _says("assistant", "hello", "1")])
    run.invoke({"messages": [_says("user", "hi", "0")]})
    run.update({"messages": [_says("assistant", "hey", "1")]})


@parity
def test_messages_without_an_id_get_one(lg: Engine) -> None:
    run = _talk(lg, [{"role": "assistant", "content": "hello"}])
    run.invoke({"messages": [{"role": "user", "content": "hi"}]})


@parity
def test_a_message_is_removed(lg: Engine) -> None:
    run = _talk(lg, [_says("assistant", "hello", "1"), lg.RemoveMessage(id="0")])
    run.invoke({"messages": [_says("user", "hi", "0")]})


@parity
def test_all_messages_are_removed(lg: Engine) -> None:
    wipe = lg.RemoveMessage(id=lg.REMOVE_ALL_MESSAGES)
    run = _talk(lg, [wipe, _says("assistant", "anew", "1")])
    run.invoke({"messages": [_says("user", "hi", "0")]})


@parity
def test_removing_what_is_not_there(lg: Engine) -> None:
    run = _talk(lg, [lg.RemoveMessage(id="nobody")])
    lg.note_error(lambda: run.graph.invoke({"messages": [_says("user", "hi", "0")]}, run.config))


@parity
def test_add_messages_by_hand(lg: Engine) -> None:
    left = [_says("user", "a", "1"), _says("assistant", "b", "2")]
    lg.note(lg.add_messages(left, [_says("assistant", "B", "2"), _says("user", "c", "3")]))
    lg.note(lg.add_messages(left, _says("user", "c", "3")))
    lg.note(lg.add_messages([], left))


@parity
def test_a_conversation_that_asks(lg: Engine) -> None:
    def speak(state: Any) -> Any:
        return {"messages": [_says("user", lg.interrupt("what?"), "9")]}

    run = lg.run(lg.StateGraph(lg.MessagesState).add_node("s", speak).add_edge(lg.START, "s"))
    run.invoke({"messages": [_says("user", "hi", "0")]})
    run.resume("this")
