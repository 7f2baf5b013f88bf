"""Where a webhook may go, and that it goes to the address that was checked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from threadline_server.alert.addresses import is_public, read
from threadline_server.alert.webhook import Outcome, WebhookClient, signature
from threadline_server.errors import BadRequest

PUBLIC = "93.184.216.34"
PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
    "168.63.129.16", "169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.168.0.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
    "2002:a9fe:a9fe::1", "2001:0:1:1:1:1:80ff:fffe", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    "2001:db8::1", "100::1", "64:ff9b:1:a9fe:a9:fe00:808:808", "2002:808:808::1", "::8.8.8.8",
]  # fmt: skip
STRANGE = [
    "", "example.com", "//example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "javascript:alert(1)",
    "http://", "http:///path", "http://:80/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/",
    "http://017700000001/", "http://127.1/", "http://127.0.1/", "http://0/", "http://127.0.0.1.1/", "http://127.0.0.01/",
    "http://1.2.3.0x4/", "http://user@example.com/", "http://user:pw@example.com/", "http://example.com@127.0.0.1/",
    "http://127.0.0.1%2f@example.com/", "http://%31%32%37.0.0.1/", "http://exam ple.com/", "http://example.com/\r\nX: y",
    "http://example.com\t/", "http://example.com\\@127.0.0.1/", "http://example.com#@127.0.0.1/", "http://example.com/#f",
    "http://[::1/", "http://::1/", "http://[v1.fe80]/", "http://[example.com]/", "http://example.com:0/", "http://example.com:65536/",
    "http://example.com:x/", "http://example..com/", "http://.example.com/", "http://-/", "http://ⓔxample.com/", "http://１２７.0.0.1/",
    "http://127。0。0。1/", "http://[fe80::1%25eth0]/", "http://example.com/" + "a" * 2_000, "http://\x00/", "http://a\x7f/",
]  # fmt: skip


def client(*answers: list[str], allow_private: bool = False, timeout_s: float = 5) -> WebhookClient:
    """One that resolves any name to these, one after the other, the last for ever."""
    waiting = list(answers)
    return WebhookClient(
        allow_private=allow_private,
        resolve=lambda _host, _port: waiting.pop(0) if len(waiting) > 1 else waiting[0],
        timeout_s=timeout_s,
    )


@pytest.mark.parametrize("url", STRANGE, ids=ascii)
def test_what_is_not_plainly_an_address_is_refused_whatever_is_allowed(url: str) -> None:
    with pytest.raises(BadRequest):
        client([PUBLIC], allow_private=True).check(url)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused_however_it_is_written_or_named(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(BadRequest):
        client([address]).check("http://example.com/hook")
    with pytest.raises(BadRequest):
        client([PUBLIC, address]).check("http://example.com/hook")
    with pytest.raises(BadRequest):
        client([PUBLIC]).check(f"http://[{address}]/" if ":" in address else f"http://{address}/")


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_public_address_is_allowed(address: str) -> None:
    client([address]).check("https://example.com/hook?a=b")
    client([]).check(f"https://[{address}]/" if ":" in address else f"https://{address}:8443/")


def test_a_name_that_is_not_known_now_is_saved_and_refused_when_it_is_private_later() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror

    WebhookClient(allow_private=False, resolve=unknown).check("https://later.example/")
    assert post(client(["10.0.0.1"]), "https://later.example/") == Outcome(None, "address not allowed")


def post(by: WebhookClient, url: str) -> Outcome:
    return by.post(url, b"{}", delivery_id="a", secret=None, time_s=0)


@contextmanager
def answering(*pieces: bytes, then_hangs: bool = False) -> Iterator[tuple[int, list[bytes]]]:
    """A peer that answers one connection with these bytes; what it was sent."""
    got: list[bytes] = []
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)

        def serve() -> None:
            try:
                peer, _ = listening.accept()
            except TimeoutError:
                return
            with peer:
                got.append(peer.recv(65_536))
                try:
                    for piece in pieces:
                        peer.sendall(piece)
                except OSError:
                    return
                if then_hangs:
                    over.wait(20)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1], got
        finally:
            over.set()
            thread.join()


def test_a_name_that_turns_private_after_it_was_saved_is_not_connected_to() -> None:
    with answering(b"HTTP/1.1 204 No Content\r\n\r\n") as (port, got):
        rebinding = client([PUBLIC], ["127.0.0.1"])
        rebinding.check(f"http://rebind.example:{port}/")
        assert post(rebinding, f"http://rebind.example:{port}/") == Outcome(None, "address not allowed")
        assert got == []
        socket.create_connection(("127.0.0.1", port)).close()  # lets the peer end


def test_it_is_resolved_once_and_connects_to_that_address_with_the_name_in_host() -> None:
    with answering(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n") as (port, got):
        outcome = post(client(["127.0.0.1"], ["192.0.2.1"], allow_private=True), f"http://name.example:{port}/a?b=c")

    assert outcome == Outcome(204, None)
    head = got[0].split(b"\r\n")
    assert head[:2] == [b"POST /a?b=c HTTP/1.1", f"Host: name.example:{port}".encode()]
    assert got[0].endswith(b"\r\n\r\n{}")


@pytest.mark.parametrize(
    ("pieces", "hangs", "outcome"),
    [
        ([b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n"], False, Outcome(302, "HTTP status 302")),
        ([b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 65_536] * 400], False, Outcome(200, None)),
        ([b"HTTP/1.1 200 OK\r\n", *[b"a: " + b"b" * 8_000 + b"\r\n"] * 40], False, Outcome(None, "no connection or no HTTP answer")),
        ([b"SSH-2.0-x\r\n\r\n"], False, Outcome(None, "no connection or no HTTP answer")),
        ([b"HTTP/1.1 2"], False, Outcome(None, "no connection or no HTTP answer")),
        ([b"HTTP/1.1 2"], True, Outcome(None, "no answer in time")),
    ],
    ids=["redirect", "endless body", "endless head", "another protocol", "cut off", "hangs"],
)  # fmt: skip
def test_only_the_status_of_an_answer_counts_and_not_for_ever(
    pieces: list[bytes], hangs: bool, outcome: Outcome
) -> None:
    with answering(*pieces, then_hangs=hangs) as (port, _):
        assert post(client(["127.0.0.1"], allow_private=True, timeout_s=1), f"http://x.example:{port}/") == outcome


def test_an_address_is_read_in_its_parts() -> None:
    assert (read("https://Example.com./a").host, read("https://example.com").path, read("http://[::1]:81/").host_header) == (
        "example.com", "/", "[::1]:81",
    )  # fmt: skip


def test_a_signature_is_over_time_and_body() -> None:
    assert signature("secret", 1, b"{}") == "t=1,v1=1122767b193110cfec322b6f199b599edbf608ed087f2d27afb0b97d99523908"
