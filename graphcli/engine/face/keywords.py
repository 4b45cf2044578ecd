"""The keywords of `invoke` and `stream`, named once for both and for their async twins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict, get_args

from graphcli.errors import did_you_mean

if TYPE_CHECKING:
    from graphcli.engine.running.output import Keys, Version

StreamMode = Literal["values", "updates", "custom", "tasks", "checkpoints", "debug"]
Durability = Literal["sync", "async", "exit"]
DURABILITIES: Final[tuple[str, ...]] = get_args(Durability)


class RunKeywords(TypedDict, total=False):
    """How to run: breakpoints (node names, or "*" for all of them), durability, context.

    `context` is what nodes find in their Runtime.

    `debug` is LangGraph's switch for printing; nothing is printed here: stream `debug` instead.
    """

    interrupt_before: str | Sequence[str] | None
    interrupt_after: str | Sequence[str] | None
    durability: Durability | None
    context: Any
    debug: bool | None


class InvokeKeywords(RunKeywords, total=False):
    """What to return: the last values, or a list of chunks in any other stream mode.

    `version="v2"` returns a GraphOutput. `output_keys` are the keys of the state to show.
    """

    stream_mode: StreamMode | Sequence[StreamMode]
    version: Version
    output_keys: Keys


class StreamKeywords(RunKeywords, total=False):
    """What to yield: modes, the version of the chunks, keys, and whether subgraphs are heard."""

    stream_mode: StreamMode | Sequence[StreamMode] | None
    subgraphs: bool
    version: Version
    output_keys: Keys


#: Those that say what is shown of a run; the others say how it is run.
_VIEW = frozenset({"stream_mode", "subgraphs", "version", "output_keys"})


def parted(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the keywords that say what is shown, and those that say how to run.

    Raises:
        TypeError: there is no such keyword.
    """
    known = StreamKeywords.__annotations__
    for name in options:
        if name not in known:
            near = did_you_mean(name, known)
            raise TypeError(f"got an unexpected keyword argument `{name}`{near}")
    shown = {name: value for name, value in options.items() if name in _VIEW}
    return shown, {name: value for name, value in options.items() if name not in _VIEW}
