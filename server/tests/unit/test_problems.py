import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.responses import StreamingResponse

from threadline_server import errors
from threadline_server.serve import problems
from threadline_server.serve.wire import Body


@pytest.fixture
def app():
    app = FastAPI()
    problems.install(app)
    return app


@pytest.fixture
def client(app):
    return TestClient(app)


def _raise(app, error):
    @app.get("/failing")
    def failing():
        raise error


@pytest.mark.parametrize(
    ("error", "status", "headers"),
    [
        (errors.BadRequest("cannot do it: no", hint="Do."), 400, {}),
        (errors.Unauthenticated("cannot do it: no", hint="Do."), 401, {"www-authenticate": "Bearer"}),
        (errors.Forbidden("cannot do it: no", hint="Do."), 403, {}),
        (errors.NotFound("cannot do it: no", hint="Do."), 404, {}),
        (errors.Conflict("cannot do it: no", hint="Do."), 409, {}),
        (errors.TooLarge("cannot do it: no", hint="Do."), 413, {}),
        (errors.UnsupportedMediaType("cannot do it: no", hint="Do."), 415, {}),
        (errors.QueryTooLarge("cannot do it: no", hint="Do."), 422, {}),
        (errors.TooManyRequests("cannot do it: no", hint="Do.", retry_after_s=7), 429, {"retry-after": "7"}),
        (errors.Unavailable("cannot do it: no", hint="Do."), 503, {"retry-after": "2"}),
    ],
)
def test_an_error_is_answered_with_its_status_and_the_error_object(app, client, error, status, headers):
    _raise(app, error)
    response = client.get("/failing")
    assert (response.status_code, response.json()) == (
        status,
        {"error": {"code": error.code, "message": "cannot do it: no", "hint": "Do."}},
    )
    sent = {name: response.headers.get(name) for name in ("www-authenticate", "retry-after")}
    assert sent == {"www-authenticate": None, "retry-after": None, **headers}


@pytest.mark.parametrize("error", [RuntimeError("SELECT secret"), errors.ThreadlineError("SELECT secret")])
def test_a_failure_of_ours_is_told_by_an_id_that_is_in_the_log_and_nothing_else(app, client, caplog, error):
    _raise(app, error)
    with caplog.at_level(logging.ERROR):
        response = client.get("/failing")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.json()["error"]["code"] == "internal"
    incident = response.json()["error"]["hint"].split()[-1].rstrip(".")
    assert [record.getMessage() for record in caplog.records] == [f"BUG: GET '/failing' failed (id {incident})"]


def test_an_error_in_middleware_is_answered_too(app, client):
    class Refusing:
        def __init__(self, app):
            pass

        async def __call__(self, scope, receive, send):
            raise errors.TooLarge("cannot take it: too large")

    app.user_middleware.append(type(app.user_middleware[0])(Refusing))
    assert client.get("/").status_code == 413


def test_a_failure_in_the_middle_of_an_answer_breaks_it_off(app, client):
    async def parts():
        yield b"one"
        raise RuntimeError

    @app.get("/stream")
    def stream():
        return StreamingResponse(parts())

    with pytest.raises(RuntimeError):
        client.get("/stream")


def test_an_unknown_address_and_a_wrong_method_are_told_in_the_same_form(app, client):
    @app.get("/there")
    def there():
        return {}

    missing, wrong = client.get("/missing"), client.post("/there")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["error"]["code"], wrong.headers["allow"]) == (
        405,
        "method_not_allowed",
        "GET",
    )


def test_values_that_a_caller_sent_are_not_repeated(app, client):
    @app.get("/numbers/{number}")
    def number(number: int, other: int):
        return number + other

    response = client.get("/numbers/secret-one?other=secret-two")
    assert response.json()["error"]["message"] == (
        "cannot read the request: path number: Input should be a valid integer, unable to parse string as an integer;"
        " query other: Input should be a valid integer, unable to parse string as an integer"
    )


class Inner(Body):
    url: str


class Outer(Body):
    display_name: str
    inner: Inner | None = None


@pytest.mark.parametrize(
    ("sent", "hint"),
    [
        ({"displayName": "a", "colour": 1}, "Valid fields: displayName, inner."),
        ({"displayName": 5}, "Valid fields: displayName, inner."),
        ({}, "Valid fields: displayName, inner."),
        ({"displayName": "a", "inner": {"url": "u", "colour": 1}}, "Valid fields: url."),
        ([], "Valid fields: displayName, inner."),
    ],
)
def test_a_wrong_field_is_answered_with_the_valid_ones(app, client, sent, hint):
    @app.post("/things")
    def things(body: Outer):
        return {}

    response = client.post("/things", json=sent)
    assert (response.status_code, response.json()["error"]["hint"]) == (400, hint)


def test_the_tree_in_the_docstring_of_errors_is_the_tree_of_the_code():
    tree = [line for line in errors.__doc__.splitlines() if "─" in line or line.startswith("ThreadlineError")]
    drawn = {(name, status, code) for name, status, code in (line.strip("│├└─ ").split()[:3] for line in tree if " - " not in line and len(line.strip("│├└─ ").split()) >= 3)}  # fmt: skip
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ThreadlineError)
    ]
    defined = {
        (kind.__name__, str(kind.status), kind.code) for kind in kinds if not issubclass(kind, errors.StartupError)
    }
    assert drawn == defined
