"""The bounded expression language of YAML graphs: a subset of Python and Jinja expressions.

It runs on the standard library's `ast` with an allow-list of nodes. A `.name` is only ever the
key of a mapping, so nothing of Python is in reach; there are no methods, only named pure
functions, written `upper(x)` or `x | upper`. Size, depth, steps and results are bounded, each
before the damage. `|` binds as in Python, weaker than `+`.
"""

from graphcli.expressions.check import StaticPath
from graphcli.expressions.error import ExpressionError
from graphcli.expressions.expression import Expression
from graphcli.expressions.template import Template

__all__ = ["Expression", "ExpressionError", "StaticPath", "Template"]
