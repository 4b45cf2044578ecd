"""Let a difference be shown in full: the comparison stands in a helper."""

import pytest

pytest.register_assert_rewrite("tests.parity.engine")
