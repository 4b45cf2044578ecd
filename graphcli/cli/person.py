"""The person at the terminal: asked one question at a time, by a command that can be stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphcli import prompts
from graphcli.cli.signals import STOPS, Stopped
from graphcli.engine.resuming.question import Question
from graphcli.errors import Parked


def put(
    question: Question,
    draft: prompts.Draft | None = None,
    about: Callable[[], Sequence[tuple[str, Sequence[str]]]] = tuple,
    above: Callable[[], None] = lambda: None,
) -> Any:
    """Ask the person at the terminal; a signal or the time limit still ends the command its way.

    `draft` has what was filled in, before and afterwards; `about` more of what the help tells;
    `above` draws again what was shown of it.

    Raises:
        Parked: the person left.
        Stopped: SIGTERM, SIGHUP, or the time was up.
    """
    try:
        return prompts.ask(question, draft=draft, about=about, above=above)
    except Parked as parked:
        if isinstance(parked.__context__, Stopped):  # --timeout comes as a Ctrl-C of its own
            raise parked.__context__ from None
        raise
    except SystemExit as ended:  # the prompt's own handlers, which restore the terminal
        raise Stopped.by_signal(int(str(ended.code)) - 128) from None
    finally:
        STOPS.listen_again()  # a prompt's event loop takes the signals for itself
