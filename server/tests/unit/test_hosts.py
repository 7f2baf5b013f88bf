import asyncio
import json

import pytest

from threadline_server.serve.hosts import HostCheck
from threadline_server.settings import Settings


async def _hello(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


def _ask(settings, *hosts):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", host.encode()) for host in hosts]}
    asyncio.run(HostCheck(_hello, settings)(scope, None, send))
    return sent[0]["status"], sent[1]["body"]


def _status(settings, *hosts):
    return _ask(settings, *hosts)[0]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:4318",
        "localhost",
        "LOCALHOST:80",
        "localhost.",
        "localhost.:4318",
        "[::1]",
        "[::1]:4318",
    ],
)
def test_loopback_names_are_ours_on_any_port(host):
    assert _status(Settings(), host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:4318",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example/127.0.0.1",
        "127.0.0.1@evil.example",
        "evil.example@127.0.0.1",
        "127.0.0.1:evil",
        "127.0.0.1:4318:80",
        "127.0.0.1:",
        "127.0.0.1:999999",
        "127.0.0.1, evil.example",
        "127.0.0.1 ",
        "127.0.0.1\t",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "10.0.0.7",
        "[::ffff:127.0.0.1]",
        "::1",
        "[::1",
        "[evil.example]",
        "localhost..",
        ".localhost",
        "local host",
        "lоcalhost",  # a Cyrillic letter
        "*",
        "",
    ],
)
def test_any_other_name_is_refused(host):
    assert _status(Settings(), host) == 421


def test_a_request_names_its_host_once():
    assert (_status(Settings()), _status(Settings(), "localhost", "localhost")) == (421, 421)


def test_the_refusal_is_our_error_object_and_says_what_to_set():
    assert json.loads(_ask(Settings(), "evil.example")[1]) == {
        "error": {
            "code": "misdirected",
            "message": "cannot answer: this server does not go by the name in the Host header",
            "hint": "Add the name to --allowed-hosts (THREADLINE_ALLOWED_HOSTS) if it should.",
        }
    }


@pytest.mark.parametrize(
    ("settings", "host", "status"),
    [
        (Settings(host="10.0.0.7"), "10.0.0.7:4318", 200),
        (Settings(host="10.0.0.7"), "10.0.0.8:4318", 421),
        (Settings(host="0.0.0.0"), "10.0.0.8", 200),
        (Settings(host="::"), "[2001:db8::1]:4318", 200),
        (Settings(host="0.0.0.0"), "threadline", 421),
        (Settings(allowed_hosts=("threadline",)), "threadline:4318", 200),
        (Settings(allowed_hosts=("threadline",)), "localhost", 200),
        (Settings(allowed_hosts=("threadline",)), "not-threadline", 421),
        (Settings(allowed_hosts=("*",)), "anything.example", 200),
        (Settings(public_url="https://threadline.example"), "threadline.example", 200),
    ],
)
def test_settings_add_names(settings, host, status):
    assert _status(settings, host) == status
