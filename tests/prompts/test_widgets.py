"""Each widget, driven by the keys of a person through a pipe."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from graphcli.engine.resuming.question import Question
from graphcli.engine.values.model import Secret
from graphcli.errors import Parked
from graphcli.prompts import Draft, Terminal, ask, check_named, fit, fit_field, resolve
from tests.prompts.build import RELEASE, form, question
from tests.prompts.payloads import SEND, SEND_SCHEMA, elicit, hitl, inbox
from tests.prompts.screens import kept, screen

ENTER, BACK, DOWN, UP, LEAVE, END = "\r", "\x1b[Z", "\x1b[B", "\x1b[A", "\x03", "\x04"
ERASE, DONE = "\x7f", "\x1b\r"
S = {"type": "string"}
MANY = [f"r{number}" for number in range(1, 12)] + ["zoo"]
TODAY = datetime.now(UTC).astimezone().date().isoformat()
SEVERAL = {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 1}


@contextmanager
def typing(keys: str) -> Iterator[Terminal]:
    with create_pipe_input() as pipe:
        pipe.send_text(keys)
        yield Terminal(input=pipe, output=DummyOutput())


def answer(asked: Question, keys: str, **more: Any) -> Any:
    with typing(keys) as terminal:
        return ask(asked, terminal=terminal, **more)


KEYS: list[tuple[Question, str, Any]] = [
    (question("q"), "Ann" + ENTER, "Ann"),
    (question("q"), "30" + ENTER, 30),
    (question("q"), ENTER + "x" + ENTER, "x"),
    (question("q"), '"30"' + ENTER, "30"),
    (question("q"), "no" + ENTER + ENTER, False),
    (question("q"), "no" + ENTER + DOWN + ENTER, "no"),
    (question("q"), "Y" + ENTER + ENTER, True),
    (question({"message": "m", "default": 3}), ENTER, 3),
    (question("q", S), "30" + ENTER, "30"),
    (question("q", {**S, "maxLength": 2}), "abc" + ENTER + ERASE + ENTER, "ab"),
    (question("q", {"type": "integer"}), "1x" + ENTER + ERASE + ENTER, 1),
    (question("q", {"type": "number"}), "0.5" + ENTER, 0.5),
    (question("q", {**S, "format": "date"}), "2026-01-3" + ENTER + "1" + ENTER, "2026-01-31"),
    (question("q", {**S, "format": "path"}), "/no/where" + ENTER, "/no/where"),
    (question("q", {"type": "boolean"}), ENTER + "y" + ENTER, True),
    (question("q", {"type": "boolean"}), "yes" + ENTER, True),
    (question("q", {"type": "boolean"}), "No" + ENTER, False),
    (question("q", {**S, "format": "date"}), "31.1." + ENTER + ERASE * 5 + "Today" + ENTER, TODAY),
    (question("q", {"type": "number"}), "1,5" + ENTER + ERASE * 2 + ".5" + ENTER, 1.5),
    (question("q", {"type": "integer"}), "1,500" + ENTER + ERASE * 4 + "500" + ENTER, 1500),
    (question("q", S), "?" + "q" + "ok" + ENTER, "ok"),
    (question("q", S), "?" + "q" + "?" + ENTER, "?"),
    (question("q", S), "wh" + "\x1bOP" + "q" + "y?" + ENTER, "why?"),
    (question("q", S), "old" + "\x05" + "!" + ENTER, "new\ntext!"),
    (question({"message": "m", "options": ["a", "b"]}), DOWN + "?" + "q" + ENTER, "b"),
    (question({"message": "m", "options": MANY}), "z" + "\x1bOP" + "q" + "o" + ENTER, "zoo"),
    (question({"message": "m", "default": False}), ENTER, False),
    (question({"message": "m", "default": True}), ENTER, True),
    (question({"message": "m", "options": ["a", "b"]}), DOWN + ENTER, "b"),
    (question({"message": "m", "options": ["a", None]}), UP + ENTER, None),
    (question({"message": "m", "options": ["a", "b"], "default": "b"}), ENTER, "b"),
    (question({"message": "m", "options": MANY}), "zo" + ENTER, "zoo"),
    (question({"message": "m", "options": MANY}), "zq" + ENTER + ERASE + ENTER, "zoo"),
    (question("q", SEVERAL), ENTER + DOWN + " " + ENTER, ["b"]),
    (question("q", {**SEVERAL, "default": ["a", "c"]}), ENTER, ["a", "c"]),
    (question("q", {"type": "object"}), DOWN + ENTER + '{"a": 1}' + DONE + ENTER, {"a": 1}),
    (form(("a",), a=S), "x" + ENTER, {"a": "x"}),
    (form((), a=S, b={"type": "boolean", "default": True}), ENTER * 3, {"b": True}),
    (
        form(("a", "b"), a=S, b={"type": "integer"}),
        "x" + ENTER + BACK + "y" + ENTER + "5" + ENTER + ENTER,
        {"a": "xy", "b": 5},
    ),
    (
        form(("a", "b"), a=S, b=S),
        "x" + ENTER + "y" + ENTER + DOWN + ENTER + "z" + ENTER + ENTER,
        {"a": "xz", "b": "y"},
    ),
    (
        question("m", RELEASE),
        ENTER + ERASE * 2 + "7" + ENTER + ERASE + "5" + ENTER + ENTER,
        {"decision": "deploy", "comment": None, "share": 5},
    ),
    (
        question("m", RELEASE),
        DOWN + ENTER + "late" + ENTER + ERASE * 2 + ENTER + ENTER,
        {"decision": "abort", "comment": "late", "share": None},
    ),
]


@pytest.mark.usefixtures("editor")
@pytest.mark.parametrize(("asked", "keys", "value"), KEYS)
def test_what_is_typed_is_what_is_sent(asked: Question, keys: str, value: Any) -> None:
    found = answer(asked, keys)
    assert found == value
    assert type(found) is type(value)


ACTIONS = hitl(("send", SEND, ["approve", "edit", "reject"]), ("rm", {}, ["approve", "reject"]))
OPENED = hitl(("send", SEND, ["approve", "edit"]), args_schema=SEND_SCHEMA)
ASKED = inbox("rm", {"p": 1}, "accept edit respond ignore")
PETS = {"type": "array", "items": {"enum": ["cat", "dog"]}, "maxItems": 1}
WHO = elicit({"name": S, "age": {"type": "integer"}, "pets": PETS}, "name")
NESTED = {
    "type": "object",
    "properties": {
        "who": S,
        "at": {"type": "object", "properties": {"street": S, "no": {"type": "integer"}}},
    },
    "required": ["who", "at"],
}

#: payload, schema, keys of a person, what a script says instead
SAME: list[tuple[Any, Any, str, dict[str, str]]] = [
    (ACTIONS, None, ENTER * 3, {"1": "approve", "2": "approve"}),
    (
        ACTIONS,
        None,
        DOWN + DOWN + ENTER + "late" + ENTER + DOWN + ENTER + ENTER + ENTER,
        {"1": "reject", "1.message": "late", "2": "reject"},
    ),
    (
        ACTIONS,
        None,
        DOWN + ENTER * 5,
        {"1": "edit", "1.args": '{"to": "b"}', "2": "yes"},
    ),
    (
        OPENED,
        None,
        DOWN + ENTER + ERASE * 13 + "bob" + ENTER * 4,
        {"1": "edit", "1.args.to": "bob"},
    ),
    # back from the second decision to the first, which then takes back its arguments
    (ACTIONS, None, DOWN + ENTER * 2 + BACK * 2 + UP + ENTER + ENTER * 2, {"1": "yes", "2": "yes"}),
    ([ASKED], None, ENTER, {"1": "accept"}),
    ([ASKED], None, UP + ENTER, {"1": "ignore"}),
    (
        [ASKED],
        None,
        DOWN * 2 + ENTER + "why?" + ENTER + ENTER,
        {"1": "response", "1.response": "why?"},
    ),
    (ASKED, None, UP + ENTER, {"decision": "ignore"}),
    (
        WHO,
        None,
        ENTER + "Ann" + ENTER + "7" + ENTER + " " + ENTER * 2,
        {"name": "Ann", "age": "7", "pets": "cat"},
    ),
    (WHO, None, ENTER + "Ann" + ENTER * 3 + ENTER, {"name": "Ann"}),
    (WHO, None, DOWN + ENTER, {"action": "decline"}),
    (
        "q",
        NESTED,
        "Ann" + ENTER + "Main" + ENTER + "5" + ENTER * 2,
        {"who": "Ann", "at.street": "Main", "at.no": "5"},
    ),
    ("q", NESTED, "Ann" + ENTER * 3 + ENTER, {"who": "Ann"}),
]


@pytest.mark.parametrize(("payload", "schema", "keys", "said"), SAME)
def test_a_person_and_a_script_send_the_same_bytes(
    payload: Any, schema: Any, keys: str, said: dict[str, str], editor: Path
) -> None:
    (editor / "new").write_text('{"to": "b"}')
    asked = question(payload, schema)
    values = {name: fit_field(asked, name, text) for name, text in said.items()}
    assert json.dumps(answer(asked, keys)) == json.dumps(check_named(asked, values))


def test_arguments_are_edited_as_readable_json(editor: Path) -> None:
    (editor / "new").write_text('{"to": "b"}')
    answer(question(ACTIONS), DOWN + ENTER * 5)
    assert (editor / "seen").read_text() == '{\n  "to": "a@example.org",\n  "body": "Hi"\n}'


PROMPTS = {
    "any": question("q"),
    "confirm": question("q", {"type": "boolean"}),
    "choice": question({"message": "m", "options": ["a", "b"]}),
    "search": question({"message": "m", "options": MANY}),
    "several": question("q", SEVERAL),
    "path": question("q", {**S, "format": "path"}),
    "secret": question("q", {**S, "format": "password"}),
    "long": question({"draft": "x"}),
    "form": question("m", RELEASE),
    "decisions": question(ACTIONS),
    "mcp": question(WHO),
}


@pytest.mark.parametrize("key", [LEAVE, END], ids=["ctrl-c", "ctrl-d"])
@pytest.mark.parametrize("kind", PROMPTS)
def test_leaving_parks(kind: str, key: str) -> None:
    with pytest.raises(Parked) as parked:
        answer(PROMPTS[kind], key)
    assert "review" in parked.value.message


def test_leaving_in_the_middle_of_a_form_sends_nothing() -> None:
    with pytest.raises(Parked):
        answer(PROMPTS["form"], ENTER + LEAVE)


def test_a_changed_condition_asks_the_field_it_brings_up() -> None:
    keys = ENTER + ENTER + DOWN + ENTER + DOWN + ENTER + "late" + ENTER + ENTER
    assert answer(question("m", RELEASE), keys) == {
        "decision": "abort",
        "comment": "late",
        "share": 10,
    }


@pytest.mark.parametrize("kind", ["choice", "several", "long", "confirm"])
def test_p_parks_in_lists(kind: str) -> None:
    with pytest.raises(Parked):
        answer(PROMPTS[kind], "p")


def test_a_path_is_completed_and_may_have_to_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("report-a.txt", "report-b.txt", "rest", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    path = question("q", {**S, "format": "path"})
    there = question("q", {**S, "format": "file-path"})
    for asked, keys, value in (
        (path, "rep\tb\t", "report-b.txt"),
        (path, "~/fo\t", f"{tmp_path}/folder/"),
        (path, "~/none", fit(path, "~/none")),
        (path, "x\t", "x"),
        (there, "none" + ENTER + ERASE * 4 + "res\t", "rest"),
        (there, "folder" + ENTER + ERASE * 6 + "res\t", "rest"),
    ):
        assert answer(asked, keys + ENTER) == value
    assert "  report-a.txt  report-b.txt\n" in screen(path, "rep\t")
    assert "report" not in screen(path, "\t" + "x")
    assert ".hidden" in screen(path, ".\t")


def test_a_secret_that_was_typed_is_kept_on_the_way_back() -> None:
    fields = {"pw": {**S, "format": "password"}, "ok": {"type": "boolean"}}
    asked = question("q", {"type": "object", "properties": fields, "required": list(fields)})
    for back, typed in (("\x1b[Z", "hunter2"), ("\x1b[Z" + "new", "new")):
        keys = "hunter2" + ENTER + back + ENTER + "yes" + ENTER + ENTER
        assert resolve(answer(asked, keys)["pw"].reference) == typed
    assert "(kept; Enter keeps it)" in screen(asked, "hunter2" + ENTER + "\x1b[Z")


def test_a_default_path_is_sent_as_it_is() -> None:
    asked = question("q", {**S, "format": "path", "default": "~/.config"})
    assert answer(asked, ENTER) == fit(asked, "~/.config") == "~/.config"


def test_the_help_tells_where_choices_lead_the_thread_and_the_payload() -> None:
    asked = question({"message": "m", "options": ["go", "stay"]})
    options = (replace(asked.field.options[0], leads="→ deploy", help="It goes"),)
    asked = replace(asked, field=replace(asked.field, options=options))
    more = [("The payload", ["{", '  "a": "\x1b[31m"', "}"])]
    page = screen(asked, "?", 60, 14, about=lambda: more)
    assert (
        page
        == """\
What is asked
  one of `go`

What each choice leads to
  go  → deploy
      │ It goes

The payload
  {
    "a": "\\x1b[31m"
  }

Keys
1-13 of 33 · ↑↓ Space b · q comes back"""
    )
    assert "For a text that begins" in screen(asked, "?G", 60, 14)
    assert "go   → deploy" in screen(asked)


# -- drafts


def test_what_was_filled_in_is_gone_on_with() -> None:
    draft = kept(question("m", RELEASE), DOWN + ENTER + "half")
    assert draft.data() == {"values": {"decision": "abort"}, "typed": {"comment": "half"}}
    assert answer(question("m", RELEASE), " done" + ENTER * 3, draft=draft) == {
        "decision": "abort",
        "comment": "half done",
        "share": 10,
    }


def test_going_back_keeps_what_was_begun() -> None:
    keys = DOWN + ENTER + "half" + BACK + ENTER + " done" + ENTER * 3
    assert answer(question("m", RELEASE), keys)["comment"] == "half done"


def test_a_draft_that_no_longer_fits_is_dropped_from_there_on() -> None:
    draft = Draft({"decision": "wait", "share": 20})
    assert answer(question("m", RELEASE), ENTER * 3, draft=draft)["share"] == 10
    later = Draft({"decision": "deploy", "share": 7})
    assert answer(question("m", RELEASE), ENTER * 2, draft=later)["share"] == 10


def test_an_edited_text_is_kept(editor: Path) -> None:
    draft = kept(question({"draft": "old"}), "e")
    assert draft.data() == {"values": {}, "typed": {"": "new\ntext"}}
    assert answer(question({"draft": "old"}), ENTER, draft=draft) == "new\ntext"
    assert draft.data() is None


def test_options_that_were_picked_and_not_sent_are_gone_on_with() -> None:
    offered = {**SEVERAL, "default": ["a"]}
    assert kept(question("q", offered), DOWN).data() is None, "nothing was picked"
    draft = kept(question("q", offered), " " + DOWN + " ")
    assert draft.data() == {"values": {}, "typed": {"": '["b"]'}}
    changed = {**SEVERAL, "items": {"enum": ["x", "b", "c"]}}
    assert answer(question("q", changed), DOWN * 2 + " " + ENTER, draft=draft) == ["b", "c"]
    assert draft.data() is None
    assert answer(question("q", offered), ENTER, draft=Draft(typed={"": "no list"})) == ["a"]


def test_a_secret_is_in_no_draft() -> None:
    secret = {**S, "format": "password"}
    for keys in ("hunter2", "hunter2" + ENTER + "half"):
        data = kept(form(("a", "b"), a=secret, b=S), keys).data()
        assert "hunter2" not in repr(data)
        assert "memory:" not in repr(data)


def test_a_typed_secret_lives_in_memory() -> None:
    asked = question("q", {**S, "format": "password", "minLength": 3})
    found = answer(asked, "ab" + ENTER + "c" + ENTER)
    assert isinstance(found, Secret)
    assert found.reference.startswith("memory:")
    assert resolve(found.reference) == "abc"


# -- the editor


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An editor that notes what it was given and writes what `new` holds."""
    script = tmp_path / "edit"
    script.write_text(
        '#!/bin/sh\ncd "$(dirname "$0")"\ncp "$1" seen\n'
        'ls -ld "$(dirname "$1")" "$1" | cut -c1-10 > mode\n'
        'echo "$1" > path\n[ ! -e fail ] || { rm fail; exit 3; }\ncat new > "$1"\n'
    )
    script.chmod(0o700)
    (tmp_path / "new").write_text("new\ntext\n")
    monkeypatch.setenv("VISUAL", str(script))
    return tmp_path


def test_a_long_text_is_edited_and_then_sent(editor: Path) -> None:
    assert answer(question({"draft": "old"}), ENTER + ENTER) == "new\ntext"
    assert (editor / "seen").read_text() == "old"
    assert (editor / "mode").read_text().split() == ["drwx------", "-rw-------"]
    left = Path((editor / "path").read_text().strip())
    assert left.suffix == ".md"
    assert not left.parent.exists()


@pytest.mark.parametrize(
    ("before", "saved", "kept"),
    [
        ("a\r\nb", "new\r\nb\r\n", "new\r\nb"),  # an editor ends the file as its lines end
        ("a\r\nb", "new\nb\nc\n", "new\r\nb\r\nc"),  # or knows one end of line alone
        ("a\r\nb\r\n", "new\r\nb\r\n", "new\r\nb\r\n"),
        ("a\nb", "new\r\nb\r\n", "new\nb"),
        ("a\nb\r\nc", "new\nb\r\nc\n", "new\nb\r\nc"),  # of two kinds: nothing to go by
        ("a\nb\r\nc", "new\nb\r\nc\r\n", "new\nb\r\nc"),
    ],
)
def test_an_edited_text_keeps_its_ends_of_lines(
    editor: Path, before: str, saved: str, kept: str
) -> None:
    (editor / "new").write_bytes(saved.encode())
    assert answer(question({"draft": before}), ENTER + ENTER) == kept


def test_an_editor_that_fails_takes_nothing_over(editor: Path) -> None:
    (editor / "fail").touch()
    assert answer(question({"draft": "old"}), ENTER + ENTER + ENTER) == "new\ntext"


def test_a_text_left_empty_is_asked_again(editor: Path) -> None:
    (editor / "new").write_text("\n")
    assert answer(question({"draft": "old"}), ENTER + DOWN + DOWN + ENTER) == "old"


def test_a_text_that_is_no_utf8_is_refused(editor: Path) -> None:
    (editor / "new").write_bytes(b"\xff")
    assert answer(question({"draft": "old"}), ENTER + DOWN + DOWN + ENTER) == "old"


def test_a_missing_editor_leaves_typing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "/no/such/editor --wait")
    keys = ENTER + DOWN + ENTER + "er" + DONE + ENTER
    assert answer(question({"draft": "old"}), keys) == "older"


def test_without_any_editor_the_text_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VISUAL", "EDITOR", "PATH"):
        monkeypatch.setenv(name, "")
    assert answer(question({"draft": "a"}), ENTER + "\rb" + DONE + ENTER) == "a\nb"


def test_json_is_checked_before_it_is_sent(editor: Path) -> None:
    (editor / "new").write_text("{broken")
    asked = question("q", {"type": "object"})
    assert "Send" not in screen(asked, "e")
    keys = ENTER + DOWN + ENTER + ERASE * 7 + "{}" + DONE + ENTER
    assert answer(asked, keys) == {}
    assert Path((editor / "path").read_text().strip()).suffix == ".json"
