"""From the tokens of a filter expression to its tree: ``or`` under ``and`` under ``not`` under one comparison.

Every name, operator and value is checked where it stands, so a tree that comes out can be asked of the store as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from threadline_server.query.expression import values
from threadline_server.query.expression.lexer import Token, tokens
from threadline_server.query.expression.problems import Problem, similar
from threadline_server.query.expression.tree import FUNCTIONS, And, Node, Not, Operator, Or, Subject, Test, Value
from threadline_server.query.expression.values import KIND_OF_FUNCTION, OPERATORS, Kind
from threadline_server.query.fields import ALIASES, FIELDS

MAX_LENGTH: Final = 4_000
MAX_DEPTH: Final = 32
MAX_TESTS: Final = 100
MAX_VALUES: Final = 1_000
_WORDS: Final = ("and", "or", "not", "in", "contains", "startsWith", "exists", "true", "false")
_METADATA: Final = "metadata."


def parse(text: str, parameter: str, *, goals: Collection[str] = ()) -> Node:
    """The tree of an expression; ``goals`` are the names that ``goal("...")`` may take. Raises ``BadFilter``."""
    try:
        if len(text) > MAX_LENGTH:
            raise Problem(MAX_LENGTH, MAX_LENGTH, f"at most {MAX_LENGTH} characters", found=f"{len(text)}")
        return _Parser(text, goals).whole()
    except Problem as problem:
        raise problem.about(text, parameter) from None


class _Parser:
    def __init__(self, text: str, goals: Collection[str]) -> None:
        self._tokens = list(tokens(text))
        self._at = 0
        self._goals = goals
        self._depth = 0
        self._tests = 0
        self._values = 0

    def whole(self) -> Node:
        node = self._either()
        if self._next.kind != "end":
            raise self._unexpected("and, or, or the end", _WORDS)
        return node

    # --- tokens ---

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _word(self, token: Token) -> str:
        """The word of the language that a token is, whatever its case; empty for none."""
        if token.kind != "name":
            return ""
        return next((word for word in _WORDS if word.lower() == token.value.lower()), "")

    def _take_word(self, word: str) -> bool:
        if self._word(self._next) != word:
            return False
        self._at += 1
        return True

    def _take_sign(self, sign: str) -> bool:
        if self._next.kind != "sign" or self._next.value != sign:
            return False
        self._at += 1
        return True

    def _need_sign(self, sign: str, meant: str) -> None:
        if not self._take_sign(sign):
            raise self._unexpected(meant)

    def _unexpected(self, expected: str, known: Collection[str] = ()) -> Problem:
        token = self._next
        found = "the end" if token.kind == "end" else repr(token.value)[:60]
        hint = similar(token.value, known) if token.kind == "name" and known else ""
        return Problem(token.start, token.end, expected, found=found, hint=hint)

    # --- the grammar ---

    def _either(self) -> Node:
        parts = [self._both()]
        while self._take_word("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _both(self) -> Node:
        parts = [self._single()]
        while self._take_word("and"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _single(self) -> Node:
        token = self._next
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Problem(token.start, token.end, f"at most {MAX_DEPTH} parentheses and nots inside each other")
        if self._take_word("not"):
            node: Node = Not(self._single())
        elif self._take_sign("("):
            node = self._either()
            self._need_sign(")", "and, or, or a closing )")
        else:
            node = self._test()
        self._depth -= 1
        return node

    def _test(self) -> Node:
        token = self._next
        self._tests += 1
        if self._tests > MAX_TESTS:
            raise Problem(token.start, token.end, f"at most {MAX_TESTS} comparisons")
        subject = self._subject()
        kind = KIND_OF_FUNCTION[subject.name] if subject.name in FUNCTIONS else FIELDS[subject.name].type
        if kind == "flag" and self._ends_a_test():
            return Test(subject, "=", (True,))
        operator, negated = self._operator(kind)
        test = Test(subject, operator, self._operands(kind, operator))
        return Not(test) if negated else test

    def _ends_a_test(self) -> bool:
        token = self._next
        return (
            token.kind == "end" or (token.kind == "sign" and token.value == ")") or self._word(token) in ("and", "or")
        )

    def _subject(self) -> Subject:
        token = self._next
        if token.kind != "name" or self._word(token):
            raise self._unexpected("a field, such as cost or user.id", [*FIELDS, *FUNCTIONS])
        self._take()
        if (self._next.kind, self._next.value) == ("sign", "("):
            return self._call(token)
        if token.value.startswith(_METADATA):
            return Subject("metadata", token.value.removeprefix(_METADATA))
        if token.value == "metadata":
            self._need_sign("[", 'a key, as in metadata.plan or metadata["any key"]')
            key = self._text("a key in quotes").value
            self._need_sign("]", "a closing ]")
            return Subject("metadata", key)
        name = ALIASES.get(token.value, token.value)
        if name not in FIELDS:
            raise Problem(
                token.start,
                token.end,
                "a field",
                found=repr(token.value)[:60],
                hint=similar(token.value, [*FIELDS, *ALIASES]),
            )
        return Subject(name)

    def _call(self, name: Token) -> Subject:
        if name.value not in FUNCTIONS:
            raise Problem(
                name.start, name.end, "a function", found=repr(name.value)[:60], hint=similar(name.value, FUNCTIONS)
            )
        self._take()
        argument = self._text(f'a name in quotes, as in {name.value}("checkout")')
        self._need_sign(")", "a closing )")
        if name.value == "goal" and argument.value not in self._goals:
            hint = similar(argument.value, self._goals) or "This project has no goals."
            raise Problem(argument.start, argument.end, "a goal of this project", hint=hint)
        return Subject(name.value, argument.value)

    def _text(self, expected: str) -> Token:
        if self._next.kind != "text":
            raise self._unexpected(expected)
        return self._take()

    def _operator(self, kind: Kind) -> tuple[Operator, bool]:
        """The operator, and whether a ``not`` stands before it."""
        allowed = OPERATORS[kind]
        negated = self._take_word("not")
        token = self._next
        spelt = values.SPELLINGS.get(token.value, token.value) if token.kind == "sign" else self._word(token)
        operator = "not in" if negated and spelt == "in" else spelt
        signs = [one for one in allowed if not one.isalpha() and one != "not in"]
        if operator not in allowed or (negated and operator in signs):
            known = [*allowed, *(f"not {one}" for one in allowed if one in ("contains", "startsWith", "exists"))]
            raise self._unexpected(f"an operator: {' '.join(known)}", allowed)
        self._take()
        return operator, negated and operator != "not in"

    def _operands(self, kind: Kind, operator: Operator) -> tuple[Value, ...]:
        if operator == "exists":
            return ()
        if operator in ("in", "not in"):
            self._need_sign("(", "a list in parentheses")
            found = [self._value(kind, operator)]
            while self._take_sign(","):
                found.append(self._value(kind, operator))
            self._need_sign(")", "a comma or a closing )")
            return tuple(found)
        return (self._value(kind, operator),)

    def _value(self, kind: Kind, operator: Operator) -> Value:
        self._values += 1
        token = self._next
        if self._values > MAX_VALUES:
            raise Problem(token.start, token.end, f"at most {MAX_VALUES} values")
        value = values.read(token, kind, operator)
        self._take()
        return value
