"""Texts too long for a line: edited in $VISUAL or $EDITOR, or typed here."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from graphcli.engine.question import Field, Kind
from graphcli.errors import InvalidAnswerError
from graphcli.prompts.reading import read
from graphcli.prompts.ui import style
from graphcli.prompts.widgets.base import Ask, as_text, reason
from graphcli.prompts.widgets.lists import pick
from graphcli.prompts.widgets.plain import plain
from graphcli.prompts.widgets.visible import visible
from graphcli.text import safe_line

#: Tried in this order where neither $VISUAL nor $EDITOR is set.
USUAL = ("nano", "vim", "vi")
SUFFIXES = {Kind.JSON: ".json"}
#: A text is read by people: more than this is a file that was opened by mistake (in bytes).
MAX_SIZE = 4 * 1024 * 1024
#: Seconds that an editor has to give the screen back when we are told to stop.
_GRACE = 1.0


class EditorError(Exception):
    """The editor could not be used; the message says why."""


def compose(ask: Ask) -> Any:
    """Let a text be edited until it fits and is sent; None for a skipped optional field.

    Leaving the editor sends nothing yet: what was saved is shown as one of the ways to go on.
    """
    start = _start(ask)
    text, seen = start, False
    while True:
        ways = _ways(ask, text, changed=text != start, seen=seen)
        names = list(ways)
        way = ways[names[pick(ask, ask.label, names, note=ask.field.help, passing=True)]]
        if way is _skip:
            return None
        if way is _send:
            if _fits(ask, text):
                ask.terminal.told(ask.label, _size(text))
                return read(ask.field, text)
        elif (edited := way(ask, text)) is not None:
            text, seen = edited, True


def _start(ask: Ask) -> str:
    nested = ask.field.kind is Kind.JSON and isinstance(ask.default, dict | list)
    return json.dumps(ask.default, ensure_ascii=False, indent=2) if nested else as_text(ask.default)


#: A way to go on with a text; it returns the new text, or None when nothing came of it.
Way = Callable[[Ask, str], str | None]


def _ways(ask: Ask, text: str, *, changed: bool, seen: bool) -> dict[str, Way]:
    """What can be done with `text`, the likely thing first: sending what was seen, else editing."""
    send: dict[str, Way] = {f"Send it{'' if changed else ' unchanged'} ({_size(text)})": _send}
    editor = editor_command()
    edit: dict[str, Way] = {}
    if editor:
        edit = {f"Edit in {safe_line(Path(editor[0]).name, 20)}": _edit}
    edit["Type it here"] = _type
    skip = {"Skip": _skip} if ask.optional else {}
    if not text:
        return {**edit, **skip}
    return {**send, **edit, **skip} if seen else {**edit, **send, **skip}


def _size(text: str) -> str:
    lines = len(text.splitlines())
    return "1 line" if lines == 1 else f"{lines} lines"


def _fits(ask: Ask, text: str) -> bool:
    try:
        ask.check(read(ask.field, text))
    except InvalidAnswerError as error:
        ask.terminal.say(reason(error), "error")
        return False
    return True


def _send(_: Ask, text: str) -> str:
    return text


def _skip(_: Ask, __: str) -> None:
    return None


def _edit(ask: Ask, text: str) -> str | None:
    try:
        edited = edit(text, SUFFIXES.get(ask.field.kind, ".md"))
    except EditorError as error:
        ask.terminal.say(str(error), "error")
        return None
    if not edited.strip():
        ask.terminal.say("the text was left empty, so nothing was taken over", "error")
        return None
    return edited


def _type(ask: Ask, text: str) -> str:
    if ask.terminal.plain:
        return str(plain(replace(ask, field=Field(kind=Kind.TEXT, label=ask.label))))
    import questionary

    typed: str = ask.run(
        questionary.text(
            ask.label,
            default=text,
            multiline=True,
            instruction="(Esc, then Enter when done)\n>",
            validate=lambda typed: bool(typed.strip()) or "type a text, or Ctrl-C to leave",
            qmark="?",
            style=style(),
            input_processors=[visible()],
        )
    )
    return typed


def editor_command() -> list[str]:
    """Return the editor as an argument list: $VISUAL, $EDITOR, else a usual one; [] for none."""
    said = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if said:
        try:
            return shlex.split(said)
        except ValueError:  # an open quote
            return [said]
    return next(([name] for name in USUAL if shutil.which(name)), [])


def edit(text: str, suffix: str) -> str:
    """Return `text` after a person edited it in their editor.

    The file is readable by its owner alone (0600 in a 0700 folder, which also takes the
    editor's own copies) and is gone afterwards.

    Raises:
        EditorError: the editor is missing, failed, or left something that is no text.
    """
    with TemporaryDirectory(prefix="graphcli-") as folder:
        path = Path(folder, f"answer{suffix}")
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8", newline="")
        _run([*editor_command(), str(path)])
        return _read(path, text)


def _run(command: list[str]) -> None:
    try:
        # stdout belongs to the result and may be a file: the editor draws on stderr, the terminal.
        editor = subprocess.Popen(command, stdout=2)
    except OSError as error:
        raise EditorError(
            f"`{command[0]}` cannot be started ({error.strerror}); set $EDITOR, or type it here"
        ) from None
    try:
        code = editor.wait()
    except BaseException:
        _end(editor)
        raise
    if code:
        raise EditorError(f"`{command[0]}` ended with {code}, so nothing was taken over")


def _end(editor: subprocess.Popen[bytes]) -> None:
    """End an editor politely, so that it gives the screen back, and soon."""
    editor.terminate()
    try:
        editor.wait(_GRACE)
    except subprocess.TimeoutExpired:
        editor.kill()
        editor.wait()


def _read(path: Path, before: str) -> str:
    try:
        content = path.read_bytes()
        if len(content) > MAX_SIZE:
            raise EditorError(f"the text is longer than {MAX_SIZE // 1024} KiB")
        text = content.decode()
    except OSError as error:
        raise EditorError(f"the text cannot be read back ({error.strerror})") from None
    except UnicodeDecodeError:
        raise EditorError("the text is not UTF-8, so nothing was taken over") from None
    # Editors end a file with a newline that nobody typed.
    return text if before.endswith("\n") else text.removesuffix("\n")
