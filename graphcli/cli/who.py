"""Who answers: the user, the host, and the run of the CI where there is one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from graphcli.text import safe_line

#: A name or an address that is longer says nothing more to a reader of the journal.
_LONGEST: Final = 200

#: What the variables of each CI say of its run; the first whose variables are all there counts.
_CI_RUNS: Final = (
    ("{}/{}/actions/runs/{}", ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")),
    ("{}", ("GITHUB_RUN_ID",)),
    ("{}", ("CI_JOB_URL",)),  # GitLab
    ("{}", ("BUILDKITE_BUILD_URL",)),
    ("{}", ("CIRCLE_BUILD_URL",)),
    ("{}", ("BUILD_URL",)),  # Jenkins
)


def who(environ: Mapping[str, str]) -> str:
    """Return `user@host`, and in a CI `user@host (CI run ADDRESS)`, as far as it says where."""
    user = environ.get("USER") or environ.get("LOGNAME") or _account()
    run = ci_run(environ)
    place = "" if run is None else f" (CI run {run})" if run else " (CI)"
    return f"{_short(user)}@{_short(os.uname().nodename)}{place}"


def ci_run(environ: Mapping[str, str]) -> str | None:
    """Return the address or number of the CI's run, empty if it tells none, None outside a CI."""
    for form, names in _CI_RUNS:
        if all(environ.get(name) for name in names):
            return _short(form.format(*(environ[name] for name in names)))
    return "" if environ.get("CI", "").lower() not in ("", "0", "false", "no") else None


def _short(text: str) -> str:
    # What is not UTF-8 in an environment could not be stored.
    readable = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return safe_line(readable, _LONGEST)


def _account() -> str:
    # Deferred: only an environment without USER needs it.
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
