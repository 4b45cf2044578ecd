"""Texts too long for a line: edited in $VISUAL or $EDITOR, or typed here."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

#: Tried in this order where neither $VISUAL nor $EDITOR is set.
USUAL = ("nano", "vim", "vi")
#: A text is read by people: more than this is a file that was opened by mistake (in bytes).
MAX_SIZE = 4 * 1024 * 1024
#: Seconds that an editor has to give the screen back when we are told to stop.
_GRACE = 1.0


class EditorError(Exception):
    """The editor could not be used; the message says why."""


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
    return _with_ends_of(before, text)


def _with_ends_of(before: str, text: str) -> str:
    """Return `text` with the ends of lines that `before` had: an editor may know others."""
    dos = before.count("\r\n")
    if dos in (0, before.count("\n")):
        text = text.replace("\r\n", "\n").replace("\n", "\r\n" if dos else "\n")
    if before.endswith("\n"):
        return text
    # Editors end a file with a newline that nobody typed.
    return text.removesuffix("\r\n") if text.endswith("\r\n") else text.removesuffix("\n")
