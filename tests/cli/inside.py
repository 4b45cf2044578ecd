"""Commands in this process: as fast as a function call, for tables of hundreds of them."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping

import pytest

from graphcli.cli.main import run_command
from tests.conftest import Ended, Shell


class Inside(Shell):
    """A shell without a terminal whose commands run in this process."""

    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def __call__(
        self, *argv: str, stdin: str | None = None, environ: Mapping[str, str] | None = None
    ) -> Ended:
        """Run `graphcli argv…` here and return how it ended."""
        with self.patch.context() as patch:
            patch.chdir(self.cwd)
            for name, value in {**self.full_environ, **(environ or {})}.items():
                patch.setenv(name, value)
            data = (stdin or "").encode("utf-8", "surrogatepass")
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))
            self.capture.readouterr()
            code = run_command(list(argv))
            told = self.capture.readouterr()
        return Ended(code, told.out, told.err)


def inside(
    shell: Shell, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
) -> Iterator[Inside]:
    """Yield `shell` with its commands run in this process; what they imported is forgotten."""
    here = Inside(shell.cwd, shell.environ)
    here.capture, here.patch = capture, patch
    known = set(sys.modules)
    yield here
    for name in set(sys.modules) - known:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(shell.cwd)):
            del sys.modules[name]
