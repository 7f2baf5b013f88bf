from threadline._errors import error_record


class FailingMessage(Exception):
    def __str__(self) -> str:
        raise LookupError


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def test_an_exception_that_cannot_say_what_it_is_has_a_type_still():
    record = error_record(raised(FailingMessage()), 1)
    assert (record.type, record.message) == ("FailingMessage", "[unreadable message: LookupError]")
    assert "in raised" in record.stack


def test_a_long_stack_keeps_its_end():
    record = error_record(raised(ValueError("x" * 100_000 + "end")), 1)
    assert (record.stack[:12], record.stack[-4:], len(record.stack)) == ("[truncated]\n", "end\n", 32_012)


def test_causes_are_part_of_the_stack():
    error = ValueError("effect")
    error.__cause__ = raised(KeyError("cause"))
    assert "KeyError: 'cause'\n\nThe above exception was the direct cause" in error_record(error, 1).stack


def test_what_is_no_exception_is_a_message():
    assert error_record({"code": 5}, 1).message == '{"code":5}'
