"""One request to a server that may be slow, endless, elsewhere or hostile (FAULTS.md row C10)."""

import gzip
import socket
import threading
import time
from contextlib import suppress

import pytest

from sdk.tests.stub_server import Reply
from threadline import _http
from threadline._http import TRACES, Answer, ConnectionFailed, HttpTransport

BODY = gzip.compress(b'{"resourceSpans":[]}')


def test_a_post_carries_the_key_and_says_what_it_is(server):
    answer = HttpTransport(server.endpoint, "pk_test").post(TRACES, BODY)
    (request,) = server.requests
    assert answer == Answer(200, b"{}", None)
    assert (request.path, request.body) == ("/v1/traces", BODY)
    headers = {name: request.headers[name] for name in ("Authorization", "Content-Encoding", "Content-Type")}
    assert headers == {
        "Authorization": "Bearer pk_test",
        "Content-Encoding": "gzip",
        "Content-Type": "application/json",
    }


def test_an_endpoint_may_have_a_path(server):
    HttpTransport(f"{server.endpoint}/behind/a/proxy", "pk_test").post(TRACES, BODY)
    assert server.requests[0].path == "/behind/a/proxy/v1/traces"


def test_a_redirect_is_not_followed(server):
    server.replies.append(Reply(302, headers=(("Location", f"{server.endpoint}/elsewhere"),)))
    assert HttpTransport(server.endpoint, "pk_test").post(TRACES, BODY).status == 302
    assert [request.path for request in server.requests] == ["/v1/traces"]


def test_the_wish_to_wait_is_passed_on(server):
    server.replies.append(Reply(503, headers=(("Retry-After", "7"),)))
    assert HttpTransport(server.endpoint, "pk_test").post(TRACES, BODY).retry_after == "7"


def test_no_more_than_64_kilobytes_of_an_answer_are_read(server):
    server.replies.append(Reply(body=b"a" * 200_000))
    assert len(HttpTransport(server.endpoint, "pk_test").post(TRACES, BODY).body) == 64 * 1024


def test_a_status_stands_even_if_the_rest_of_the_answer_is_lost(server):
    server.replies.append(Reply(body=b"abc", headers=(("Content-Length", "1000"),)))
    assert HttpTransport(server.endpoint, "pk_test").post(TRACES, BODY).status == 200


def test_a_status_stands_even_if_the_rest_of_the_answer_is_malformed(server):
    server.replies.append(Reply(body=b"not a number\r\n", headers=(("Transfer-Encoding", "chunked"),)))
    assert HttpTransport(server.endpoint, "pk_test").post(TRACES, BODY) == Answer(200, b"", None)


def test_no_server_is_a_failed_connection():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(ConnectionFailed, match="ConnectionRefusedError"):
        HttpTransport(f"http://127.0.0.1:{port}", "pk_test").post(TRACES, BODY)


def test_a_server_without_tls_is_a_failed_connection_where_tls_is_asked_for(server):
    with pytest.raises(ConnectionFailed, match="SSL"):
        HttpTransport(server.endpoint.replace("http:", "https:"), "pk_test").post(TRACES, BODY)


def test_a_host_that_cannot_be_a_name_is_a_failed_connection():
    with pytest.raises(ConnectionFailed):
        HttpTransport(f"http://{'a' * 70}..test", "pk_test").post(TRACES, BODY)


def answering(*parts: bytes, pause_s: float = 0.0, closes: bool = False):
    """A peer that takes one connection and says these parts; returns its endpoint."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as peer, suppress(OSError):
            for part in parts:
                peer.sendall(part)
                time.sleep(pause_s)
            while not closes and peer.recv(65536):
                pass

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_server_that_never_answers_is_a_failed_connection():
    with pytest.raises(ConnectionFailed, match="timed out"):
        HttpTransport(answering(), "pk_test", timeout_s=0.2).post(TRACES, BODY)


def test_an_answer_whose_head_drips_is_a_failed_connection():
    dripping = answering(b"HTTP/1.1 200 OK\r\n", *[b"X-Header: a\r\n"] * 1000, pause_s=0.01)
    with pytest.raises(ConnectionFailed, match="TimeoutError"):
        HttpTransport(dripping, "pk_test", timeout_s=0.3).post(TRACES, BODY)


def test_an_answer_whose_body_drips_stands_with_what_came_in_time():
    dripping = answering(b"HTTP/1.1 200 OK\r\n\r\n", *[b"a"] * 1000, pause_s=0.01)
    answer = HttpTransport(dripping, "pk_test", timeout_s=0.3).post(TRACES, BODY)
    assert (answer.status, 0 < len(answer.body) < 1000, set(answer.body)) == (200, True, {ord("a")})


def test_an_answer_whose_head_has_no_end_is_a_failed_connection():
    endless = answering(b"HTTP/1.1 200 OK\r\n", *[b"X-Header: " + b"a" * 30_000 + b"\r\n"] * 10)
    with pytest.raises(ConnectionFailed, match="the answer is too long"):
        HttpTransport(endless, "pk_test", timeout_s=60).post(TRACES, BODY)


def test_a_connection_that_took_all_the_time_is_a_failed_connection(server):
    with pytest.raises(ConnectionFailed):
        HttpTransport(server.endpoint, "pk_test", timeout_s=0.0).post(TRACES, BODY)


def test_when_the_time_is_up_nothing_is_waited_for():
    with socket.socket() as unused, pytest.raises(TimeoutError, match="the answer took too long"):
        _http._set_timeout(unused, time.monotonic() - 1)
