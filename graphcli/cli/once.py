"""Flags that are given once: of two values the last would count, and nobody be told."""

from __future__ import annotations

from typing import Any, Final

from typer.core import TyperCommand

from graphcli.errors import UsageError

#: What is answered, settled or run, and where. Of `-o`, `--storage` and their like the last one
#: wins, as everywhere: an alias gives one that its user overrides.
ONCE: Final = {
    *("value", "value_file", "answers", "record", "question", "if_match"),
    *("done", "task", "thread", "document", "graph"),
}


class OnceCommand(TyperCommand):
    """A command that refuses a flag of `ONCE` which is given twice."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line.

        Raises:
            UsageError: a flag that is given once is there twice.
        """
        rest = super().parse_args(ctx, list(args))
        seen: set[str] = set()
        for flag in self.make_parser(ctx).parse_args(list(args))[2]:
            if flag.name in seen & ONCE:
                raise UsageError(
                    f"{flag.opts[0]} is given twice, and only one can count", "give it once"
                )
            seen.add(flag.name or "")
        return rest
