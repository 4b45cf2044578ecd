"""What looks like a secret on the command line earns a warning, and nothing else does."""

from __future__ import annotations

import pytest

from graphcli.cli.tokens import looks_secret, secret_warnings
from tests.conftest import Shell

#: Put together here, so that no scanner takes this file for a leak.
TOKEN = "ghp" + "_" + "16C7e42F292c6912E7710c838347Ae178B4a"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (TOKEN, "a GitHub token"),
        (f"Authorization: Bearer {TOKEN}", "a GitHub token"),
        ("github" + "_pat_11ABCDEFG0123456789_abcdefghijklmno", "a GitHub token"),
        ("glpat" + "-abcDEF1234567890xyzA", "a GitLab token"),
        ("sk" + "-proj-abcdefghijklmnopqrstuvwx", "an API key"),
        ("xoxb" + "-123456789012-abcdefGHIJKL", "a Slack token"),
        ("AKIA" + "IOSFODNN7EXAMPLE", "an AWS key"),
        (
            "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
            "a JSON web token",
        ),
        ("-----BEGIN " + "RSA PRIVATE KEY-----\nMIIE", "a private key"),
        ("postgres://ana:hunter2@db/x", "a URL with a password"),
        ("wJalrXUtnFEMI" + "/K7MDENG/bPxRfiCYEXAMPLEKEY", "a generated secret"),
        ("Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2Q=", "a generated secret"),
        ("", ""),
        ("approve", ""),
        ("env:TOKEN", ""),
        ("v1.2.0-rc.1+build.20261121", ""),
        ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", ""),
        ("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", ""),
        ("123E4567-E89B-12D3-A456-426614174000", ""),
        ("123e4567-e89b-12d3-a456-426614174000", ""),
        ("/var/lib/Jenkins/workspace/Release2026/target/app", ""),
        ("src/main/java/com/Example/Service2/Impl/UserServiceImpl", ""),
        ("https://example.com/a/b?x=1&y=Zm9vYmFyYmF6cXV4MTIzNDU2", ""),
        ("https://ana@example.com:8080/path", ""),
        ("Release 2 of the Thing, which is Long enough for 32 characters", ""),
        ("feature/JIRA-1234-Make-the-Login-Page-Work-Again", ""),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA1", ""),
        ("sk-ip this one", ""),
        ("task-1234567890123456789012345", ""),
    ],
)
def test_what_looks_like_a_secret(text: str, kind: str) -> None:
    assert looks_secret(text) == kind
    (*warnings,) = secret_warnings([("--value", text)])
    assert len(warnings) == bool(kind)
    assert not kind or text not in warnings[0]


@pytest.mark.parametrize("flag", ["--value", "--answer"])
def test_a_secret_on_the_command_line_is_warned_of_and_still_counts(here: Shell, flag: str) -> None:
    here.write("t.py", T)
    here("run", "t.py", "--thread", "one")
    done = here("resume", "one", flag, f"ask={TOKEN}" if flag == "--answer" else TOKEN)
    assert done.code == 0
    source = "--answer ask" if flag == "--answer" else "--value"
    assert done.stderr.startswith(f"warning: {source} looks like a GitHub token: others can read")
    assert TOKEN not in done.stderr.replace(done.stdout, "")
    assert done.stderr.count("warning") == 1


def test_so_is_one_in_an_input(here: Shell) -> None:
    done = here("run", "release.yaml", "-i", f"tag={TOKEN}", "--answer", "approve.comment=none")
    assert "warning: -i tag looks like a GitHub token" in done.stderr
    assert done.stderr.count("warning") == 1
    done = here("run", "release.yaml", "--input", f'{{"tag": "{TOKEN}"}}')
    assert "warning: --input tag looks like a GitHub token" in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "warned"),
    [
        ("-i token", "hunter2", True),
        ("-i db_password", "hunter2", True),
        ("--input apiKey", "hunter2", True),
        ("--answer ask.api-key", "hunter2", True),
        ("-i token", "env:TOKEN", False),
        ("-i token", "", False),
        ("-i secret", "true", False),
        ("-i max_tokens", "100", False),
        ("-i token", "100", False),
        ("-i tokenizer", "bpe", False),
        ("-i passport", "yes", False),
    ],
)
def test_a_name_may_say_that_its_text_is_a_secret(name: str, text: str, warned: bool) -> None:
    warnings = secret_warnings([(name, text)])
    assert len(warnings) == warned
    assert all("a secret by its name" in one and "hunter2" not in one for one in warnings)


T = """\
from typing import TypedDict
from graphcli import START, StateGraph, interrupt
class State(TypedDict, total=False):
    length: int
builder = StateGraph(State)
builder.add_node("ask", lambda state: {"length": len(interrupt("Which text?"))})
graph = builder.add_edge(START, "ask").compile()
"""
