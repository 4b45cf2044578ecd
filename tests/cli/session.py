"""Sessions as text: what was typed, what came back on which stream, and the exit code."""

from __future__ import annotations

import re
import shlex

from tests.conftest import Ended, Shell

#: What differs from run to run, and what it is called in a session.
_VARYING = (
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    (r"\b[0-9]{8}-[0-9a-f]{24}\b", "CHECKPOINT"),
    (r"\b[0-9a-f]{32}\b", "ID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", "TIME"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \([^)]+\)", "TIME"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME"),
    (r"(?<=[a-z]-)[0-9a-f]{6}\b", "XXXXXX"),
    (r"\b\d+\.\d s", "0.0 s"),
    (r'"seconds":[0-9.e-]+', '"seconds":0'),
    (r"\bana@[A-Za-z0-9._-]+", "ana@HOST"),
    (r"process \d+ on [A-Za-z0-9._-]+", "process N on HOST"),
)


def steady(text: str, shell: Shell) -> str:
    """Return `text` with words for what differs from run to run."""
    text = text.replace(str(shell.storage), "STORAGE").replace(str(shell.cwd), "DIR")
    for pattern, word in _VARYING:
        text = re.sub(pattern, word, text)
    return text


#: The three ways to settle an uncertain task, below one another as `resume` prints them.
_WAYS = re.compile(r"""(!  +)it did not happen, or may happen twice: run it again
!  +graphcli resume one --storage STORAGE --task ID --if-match DIGEST --rerun
\1it happened: go on with what it would have returned, as JSON
!  +graphcli resume one --storage STORAGE --task ID --if-match DIGEST --done UPDATE
\1neither: let the thread fail
!  +graphcli resume one --storage STORAGE --task ID --if-match DIGEST --give-up
""")


def ways_folded(told: str) -> str:
    """Return a session with a line where an uncertain task's three commands stand."""
    return _WAYS.sub(r"\1(how to settle it)\n", told)


def play(shell: Shell, *lines: str, **environ: str) -> str:
    """Run each line as a graphcli command and return the session.

    `> ` is stdout, `! ` is stderr, and `[8]` the exit code where it is not 0.
    """
    return "".join(_played(shell, line, environ) for line in lines)


def _played(shell: Shell, line: str, environ: dict[str, str]) -> str:
    done = shell(*shlex.split(line), environ={"COLUMNS": "200", **environ})
    told = [f"$ graphcli {line}", *_marked("> ", done.stdout), *_marked("! ", done.stderr)]
    told += [f"[{done.code}]"] if done.code else []
    return steady("".join(f"{one}\n" for one in told), shell)


def _marked(mark: str, text: str) -> list[str]:
    """Each line behind its mark; a last line that does not end is shown as such."""
    lines = [f"{mark}{line}".rstrip() for line in text.splitlines()]
    return lines if not text or text.endswith("\n") else [*lines, f"{mark}(no newline at the end)"]


def calm(done: Ended) -> Ended:
    """Return `done` after making sure that it did not end in a traceback."""
    assert "Traceback" not in done.stderr + done.stdout
    return done
