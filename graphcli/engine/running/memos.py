"""Where the memos of a run are kept: on record at once, and at hand for the next attempt."""

from __future__ import annotations

import threading

from graphcli.engine.running.interrupt import Scope
from graphcli.engine.running.position import Position
from graphcli.engine.running.recorder import Recorder
from graphcli.engine.values.checkpointer import Commit
from graphcli.engine.values.model import Result


class Memos:
    """Recalls and keeps what memos have returned. Every method may be called from any thread.

    A memo is kept as a Result beside those of the tasks; its id begins with its task's id, which
    is how a storage knows to which checkpoint it belongs.
    """

    def __init__(self, at: Position, recorder: Recorder) -> None:
        self._at = at
        self._recorder = recorder
        # Re-entered by a run that Ctrl-C cut off just before it would have let go.
        self._lock = threading.RLock()
        self._closed = False

    def recall(self, id_: str) -> Result | None:
        """Return the memo `id_` if its work has been done before."""
        return self._at.results.get(id_)

    def keep(self, scope: Scope, memo: Result) -> None:
        """Put a memo on record, unless the attempt that made it has ended or the run is left.

        A thread that a node left behind goes on after its task, even after the run: what it
        commits then would make a finished thread a running one.

        Raises:
            UnsupportedValueError: its value cannot be stored; nothing was written.
        """
        if self._recorder.checkpointer is not None:
            self._recorder.checkpointer.check(memo.writes[0][1], f"{memo.node}()")
        with self._lock:
            if self._closed or scope.over:
                return
            at = self._at
            self._recorder.commit(
                Commit(at.thread.id, at.checkpoint.seq, at.ns, results=(memo,)), final=False
            )
            at.results[memo.task] = memo

    def end(self, scope: Scope) -> None:
        """Keep nothing more of an attempt that has ended."""
        with self._lock:
            scope.over = True

    def close(self) -> None:
        """Keep nothing more at all: the run is being left."""
        with self._lock:
            self._closed = True
