"""Each example by its name, from a folder that knows nothing of it: off a terminal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import Shell

EXAMPLES = {
    "approve": ["generate", "approval", "approved", "rejected"],
    "interview": ["get_age", "report"],
    "release_notes": ["changes", "target", "review", "write", "aborted"],
    "revise": ["human_node"],
    "support_chat": ["listen", "chatbot", "tools"],
}
#: run's flags, and what is on stdout in the end.
AHEAD: dict[str, tuple[list[str], str]] = {
    "approve": (["approve", "--answer", "approval=approve"], '{"decision":"approved"}\n'),
    "reject": (["approve", "--answer", "approval=reject"], '{"decision":"rejected"}\n'),
    "revise": (["revise", "--value", "Edited text"], '{"some_text":"Edited text"}\n'),
    "interview": (["interview", "--value", "25"], '{"age":25}\n'),
    "interview, at the second attempt": (
        ["interview", "--answer", "get_age#1=old", "--answer", "get_age#2=25"],
        '{"age":25}\n',
    ),
}
#: The guide's payloads, the answers that it resumes with, and what comes of them.
GUIDE: dict[str, tuple[list[str], dict[str, Any], str, dict[str, Any]]] = {
    "approve": (
        ["approve", "-i", "topic=it"],
        {
            "question": "Do you approve the following output?",
            "llm_output": "Everything that it promised is in place.",
            "options": ["approve", "reject"],
        },
        "approve",
        {"decision": "approved"},
    ),
    "revise": (
        ["revise", "-i", "some_text=original text"],
        {"text_to_revise": "original text"},
        "Edited text",
        {"some_text": "Edited text"},
    ),
    "interview": (["interview"], {"question": "What is your age?"}, "25", {"age": 25}),
}
ASKED = "I need expert help building an agent"
CHAT = ["run", "support_chat", "--thread", "chat"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_is_checked_and_shown(graphcli: Shell, name: str) -> None:
    checked = graphcli("check", name)
    assert (checked.code, checked.stdout) == (0, "")
    assert checked.stderr.startswith("ok: ")
    assert f": {len(EXAMPLES[name])} node" in checked.stderr
    shown = graphcli("show", name)
    assert (shown.code, shown.stderr) == (0, "")
    assert [node for node in EXAMPLES[name] if node not in shown.stdout] == []
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert graphcli("show", name, "-o", "json").json["nodes"] == EXAMPLES[name]


@pytest.mark.parametrize("case", AHEAD)
def test_answered_ahead(graphcli: Shell, case: str) -> None:
    argv, stdout = AHEAD[case]
    done = graphcli("run", *argv)
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(stdout)


@pytest.mark.parametrize("case", GUIDE)
def test_parked_and_answered_by_the_command_that_was_printed(graphcli: Shell, case: str) -> None:
    argv, payload, answer, result = GUIDE[case]
    parked = graphcli("run", *argv, "-o", "json")
    assert parked.code == 8
    (question,) = parked.json["questions"]
    assert question["payload"] == payload
    program, *command = question["answer_with"]["argv"]
    assert (program, command[-1]) == ("graphcli", "--value")
    done = graphcli(*command, answer)
    assert (done.code, json.loads(done.stdout)) == (0, result)
    again = graphcli(*command, answer)
    assert again.code == 6, "an answer counts once"


def test_the_interview_says_what_was_wrong(graphcli: Shell) -> None:
    parked = graphcli("run", "interview", "--value", "150", "-o", "json")
    assert parked.code == 8
    (question,) = parked.json["questions"]
    assert question["message"] == (
        "150 is not a valid age. Please give a whole number from 1 to 149."
    )


@pytest.mark.parametrize("wrong", ["0", "-1", "150", "00251", "9" * 5000, "1e2", "²", "", "null"])
def test_no_age_is_no_age(graphcli: Shell, wrong: str) -> None:
    assert graphcli("run", "interview", f"--value={wrong}").code == 8


def test_what_the_interview_prints_is_not_the_result(graphcli: Shell) -> None:
    done = graphcli("run", "interview", "--value", "25")
    assert "The person is 25 years old.\n" in done.stderr
    assert "person" not in done.stdout


def test_a_conversation_with_an_expert(graphcli: Shell) -> None:
    assert graphcli(*CHAT, "-i", f"message={ASKED}").code == 8
    answered = graphcli("resume", "chat", "--value", '{"data": "Use graphcli."}')
    assert answered.code == 0, answered.stderr
    function = {"name": "human_assistance", "arguments": json.dumps({"query": ASKED})}
    call = {"id": "call_1", "type": "function", "function": function}
    messages = [
        {"role": "user", "content": ASKED},
        {"role": "assistant", "content": "I ask an expert.", "tool_calls": [call]},
        {
            "role": "tool",
            "tool_call_id": "call_1",
            "name": "human_assistance",
            "content": "Use graphcli.",
        },
        {"role": "assistant", "content": "The expert says: Use graphcli."},
    ]
    assert answered.json == {"messages": messages}
    goes_on = graphcli(*CHAT, "--continue", "-i", "message=Thank you!")
    assert goes_on.code == 0, goes_on.stderr
    messages += [
        {"role": "user", "content": "Thank you!"},
        {"role": "assistant", "content": "You are welcome. (This was turn 2.)"},
    ]
    assert goes_on.json == {"messages": messages}


@pytest.mark.parametrize("wrong", ["just text", '{"text": "x"}', '{"data": 1}', "{}"])
def test_an_expert_answers_with_data(graphcli: Shell, wrong: str) -> None:
    assert graphcli(*CHAT).code == 8
    refused = graphcli("resume", "chat", "--value", wrong)
    assert (refused.code, refused.stdout) == (5, "")
    assert graphcli("resume", "chat", "--value", '{"data": "x"}').code == 0


def test_a_second_start_of_a_conversation_is_refused(graphcli: Shell) -> None:
    assert graphcli(*CHAT).code == 8
    assert graphcli(*CHAT).code == 6
    assert graphcli(*CHAT, "--continue", "-i", "message=hello").code == 6, "it still waits"
