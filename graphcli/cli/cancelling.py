"""graphcli cancel: end a thread for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphcli.cli.threads import found
from graphcli.cli.work import at_work
from graphcli.engine.values.checkpointer import Commit, Saved
from graphcli.engine.values.model import Status
from graphcli.errors import ConflictError, NotFoundError
from graphcli.render.envelope import envelope
from graphcli.storage import Storage

if TYPE_CHECKING:  # by name, in the signatures: see app.py
    from graphcli.cli import options as flag


def cancel(
    thread: flag.ThreadArgument,
    no_input: flag.NoInputFlag = False,  # noqa: ARG001 - every command takes it; this one never asks.
    storage: flag.StorageFlag = None,
    output: flag.OutputFlag = "human",
    quiet: flag.QuietFlag = False,
) -> int:
    """End a thread for good; its open questions are withdrawn."""
    with (
        at_work("cancel", storage=storage, output=output, quiet=quiet) as work,
        work.open(create=False) as opened,
    ):
        info = found(thread, opened, whole=not work.caller.stdin.isatty())
        with opened.claim(info.id):
            saved = _head(opened, info.id)
            if saved.thread.status.over:
                raise ConflictError(
                    f"thread `{info.id}` is {saved.thread.status}: nothing to cancel",
                    "see it: graphcli inspect " + info.id,
                )
            opened.commit(
                Commit(info.id, saved.checkpoint.seq, withdrawn=True, status=Status.CANCELLED)
            )
        work.reporter.say(f"cancelled: thread `{info.id}`")
        work.reporter.document(
            envelope(
                command="cancel",
                status=Status.CANCELLED.value,
                thread=info.id,
                graph=info.graph,
                values=saved.checkpoint.values,
                storage=work.setting.named,
                program=work.reporter.program,
            )
        )
    return 0


def _head(storage: Storage, thread: str) -> Saved:
    saved = storage.load(thread)
    if saved is None:
        raise NotFoundError(f"thread `{thread}` was deleted just now", "see: graphcli list")
    return saved
