"""The filter expression: text in, a condition over sessions out (``docs/reference/filters.md``).

``lexer`` finds the words, ``parser`` the tree, checked against the closed table of fields; ``to_sql`` makes a condition of it.
"""

from __future__ import annotations

from threadline_server.query.expression.parser import parse
from threadline_server.query.expression.to_sql import Condition, condition
from threadline_server.query.expression.tree import written

__all__ = ["Condition", "condition", "parse", "written"]
