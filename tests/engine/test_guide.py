"""The examples of LangGraph's guide to human-in-the-loop, with the import changed."""

import uuid
from typing import Annotated, Any, Literal, TypedDict

from graphcli import END, START, Command, InMemorySaver, Send, StateGraph, interrupt
from graphcli.engine.face.compiled import CompiledGraph
from tests.engine.helpers import on


class Review(TypedDict, total=False):
    llm_output: str
    decision: str


def approval() -> CompiledGraph:
    def generate_llm_output(state: Review) -> Review:
        return {"llm_output": "This is the generated output."}

    def human_approval(state: Review) -> Command[Literal["approved_path", "rejected_path"]]:
        decision = interrupt(
            {
                "question": "Do you approve the following output?",
                "llm_output": state["llm_output"],
            }
        )
        if decision == "approve":
            return Command(goto="approved_path", update={"decision": "approved"})
        return Command(goto="rejected_path", update={"decision": "rejected"})

    def same(state: Review) -> Review:
        return state

    builder = StateGraph(Review)
    builder.add_node("generate_llm_output", generate_llm_output)
    builder.add_node("human_approval", human_approval)
    builder.add_node("approved_path", same)
    builder.add_node("rejected_path", same)
    builder.set_entry_point("generate_llm_output")
    builder.add_edge("generate_llm_output", "human_approval")
    builder.add_edge("approved_path", END)
    builder.add_edge("rejected_path", END)
    return builder.compile(checkpointer=InMemorySaver())


def test_approve_or_reject() -> None:
    graph = approval()
    for word, decision, path in [
        ("approve", "approved", "approved_path"),
        ("reject", "rejected", "rejected_path"),
    ]:
        result = graph.invoke({}, on(word))
        assert [i.value for i in result["__interrupt__"]] == [
            {
                "question": "Do you approve the following output?",
                "llm_output": "This is the generated output.",
            }
        ]
        updates = list(graph.stream(Command(resume=word), on(word), stream_mode="updates"))
        state = {"llm_output": "This is the generated output.", "decision": decision}
        assert updates == [{"human_approval": {"decision": decision}}, {path: state}]
        assert graph.get_state(on(word)).values == state


class Text(TypedDict):
    some_text: str


def test_review_and_edit() -> None:
    def human_node(state: Text) -> Text:
        return {"some_text": interrupt({"text_to_revise": state["some_text"]})}

    builder = StateGraph(Text)
    builder.add_node("human_node", human_node)
    builder.add_edge(START, "human_node")
    graph = builder.compile(checkpointer=InMemorySaver())

    result = graph.invoke({"some_text": "original text"}, on("t"))
    assert result["some_text"] == "original text"
    assert result["__interrupt__"][0].value == {"text_to_revise": "original text"}
    assert graph.invoke(Command(resume="Edited text"), on("t")) == {"some_text": "Edited text"}


class Age(TypedDict, total=False):
    age: int


def test_validated_input() -> None:
    def get_valid_age(state: Age) -> Age:
        prompt = "Please enter your age (must be a non-negative integer)."
        while True:
            user_input = interrupt(prompt)
            try:
                age = int(user_input)
                if age < 0:
                    raise ValueError("Age must be non-negative.")
            except (ValueError, TypeError):
                prompt = f"'{user_input}' is not valid. Please enter a non-negative integer."
                continue
            return {"age": age}

    builder = StateGraph(Age)
    builder.add_node("get_valid_age", get_valid_age)
    builder.set_entry_point("get_valid_age")
    builder.add_edge("get_valid_age", END)
    graph = builder.compile(checkpointer=InMemorySaver())

    asked = graph.invoke({}, on("t"))["__interrupt__"][0].value
    assert asked.startswith("Please enter your age")
    for wrong in ["not a number", "-10"]:
        asked = graph.invoke(Command(resume=wrong), on("t"))["__interrupt__"][0].value
        assert asked == f"'{wrong}' is not valid. Please enter a non-negative integer."
    assert graph.invoke(Command(resume="25"), on("t")) == {"age": 25}


Message = dict[str, Any]


def add(old: list[Message], new: list[Message]) -> list[Message]:
    return [*old, *new]


class Chat(TypedDict):
    messages: Annotated[list[Message], add]


def human_assistance(query: str) -> str:
    return str(interrupt({"query": query})["data"])


def model(messages: list[Message]) -> Message:
    """Stand in for a model: asks for help once, then repeats what it was told."""
    if messages[-1]["role"] == "tool":
        return {"role": "ai", "content": f"An expert says: {messages[-1]['content']}"}
    call = {"name": "human_assistance", "args": {"query": messages[-1]["content"]}}
    return {"role": "ai", "content": "", "tool_calls": [call]}


def test_a_tool_that_asks_and_a_conversation_that_goes_on() -> None:
    def chatbot(state: Chat) -> Chat:
        return {"messages": [model(state["messages"])]}

    def tools(state: Chat) -> Chat:
        calls = state["messages"][-1]["tool_calls"]
        told = [human_assistance(**call["args"]) for call in calls]
        return {"messages": [{"role": "tool", "content": text} for text in told]}

    def tools_condition(state: Chat) -> Literal["tools", "__end__"]:
        return "tools" if state["messages"][-1].get("tool_calls") else "__end__"

    builder = StateGraph(Chat).add_node("chatbot", chatbot).add_node("tools", tools)
    builder.add_conditional_edges("chatbot", tools_condition)
    builder.add_edge("tools", "chatbot").add_edge(START, "chatbot")
    graph = builder.compile(checkpointer=InMemorySaver())

    for turn, question in enumerate(["How do I build an agent?", "And then?"], 1):
        said = {"messages": [{"role": "user", "content": question}]}
        assert graph.invoke(said, on("1"))["__interrupt__"][0].value == {"query": question}
        assert graph.get_state(on("1")).next == ("tools",)
        output = graph.invoke(Command(resume={"data": f"answer {turn}"}), on("1"))
        assert output["messages"][-1]["content"] == f"An expert says: answer {turn}"
        assert len(output["messages"]) == 4 * turn


def test_a_thread_named_by_a_uuid_and_an_answer_that_is_a_dict() -> None:
    def ask(state: Age) -> Age:
        return {"age": int(interrupt({"fields": ["age"]})["age"])}

    builder = StateGraph(Age).add_node("ask", ask).add_edge(START, "ask")
    graph = builder.compile(checkpointer=InMemorySaver())
    thread_config = {"configurable": {"thread_id": uuid.uuid4()}}

    (asked,) = graph.invoke({}, thread_config)["__interrupt__"]
    assert repr(asked) == (
        f"Interrupt(value={{'fields': ['age']}}, id='{asked.id}', response_schema=None)"
    )
    assert graph.invoke(Command(resume={"age": "25"}), thread_config) == {"age": 25}


def test_several_questions_answered_by_one_call() -> None:
    def ask(state: Text) -> Chat:
        return {"messages": [{"edited": interrupt({"text_to_revise": state["some_text"]})}]}

    builder = StateGraph(Chat).add_node("ask", ask)
    texts = ["first text", "second text"]
    builder.add_conditional_edges(
        START, lambda state: [Send("ask", {"some_text": text}) for text in texts], ["ask"]
    )
    graph = builder.compile(checkpointer=InMemorySaver())
    graph.invoke({"messages": []}, on("t"))

    answers = {
        asked.id: f"human response for {asked.value['text_to_revise']}"
        for asked in graph.get_state(on("t")).interrupts
    }
    assert graph.invoke(Command(resume=answers), on("t"))["messages"] == [
        {"edited": "human response for first text"},
        {"edited": "human response for second text"},
    ]
