"""FAULTS.md row C6 with real processes and a real server: a mask may fail in any way, and the program goes on."""

import gzip
import os
import subprocess
import sys
import textwrap

import pytest

from sdk.tests.stub_server import StubServer
from threadline._sampling import keeps


def run(program: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def received(server: StubServer) -> str:
    return b"".join(gzip.decompress(request.body) for request in server.requests).decode()


MASKS = {
    "raises": "raise ValueError(text)",
    "hangs": "threading.Event().wait()",
    "leaves": "sys.exit(text)",
    "returns something else": "return [text]",
    "leaves the process hanging at its end": "atexit.register(lambda: None) or time.sleep(3600)",
    "kills its thread's stack": "return mask(text, place)",
}


@pytest.mark.parametrize("name", MASKS)
def test_a_mask_that_fails_sends_nothing_raw_and_holds_up_nobody(name, server):
    result = run(
        f"""
        import atexit, sys, threading, time
        from threadline import init_observability

        def mask(text, place):
            {MASKS[name]}

        obs = init_observability(mask=mask, mask_timeout=0.2)
        with obs.trace("secret-1", session_id="secret-2", input="secret-3"):
            obs.event("secret-4")
        print("the program goes on")
        """,
        THREADLINE_DSN=server.dsn,
    )
    assert (result.returncode, result.stdout) == (0, "the program goes on\n")
    body = received(server)
    assert "secret" not in body + result.stderr
    assert body.count("<masking failed>") == 6  # two names, two session ids, an input, the service
    assert "the function given as mask failed" in result.stderr


def test_a_mask_that_is_slow_does_not_block_the_program(server):
    result = run(
        """
        import threading
        from threadline import init_observability

        gate = threading.Event()

        def mask(text, place):
            assert threading.current_thread() is not threading.main_thread()
            if place.span_name:
                gate.wait()
            return "masked"

        obs = init_observability(mask=mask, mask_timeout=30)
        for number in range(1_000):
            obs.event("step")  # if this waited for the mask, the gate below would never open
        gate.set()
        print(obs.flush(30), obs.dropped, obs.masking_failures)
        """,
        THREADLINE_DSN=server.dsn,
    )
    assert (result.stdout, result.stderr) == ("True {} 0\n", "")
    assert received(server).count('"name":"masked"') == 1_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_masks_too(server):
    result = run(
        """
        import os
        from threadline import init_observability
        obs = init_observability(mask=lambda text, place: text.replace("secret", "masked"))
        obs.event("secret of the parent")
        child = os.fork()
        if child == 0:
            obs.event("secret of the child")
            os._exit(0 if obs.flush(30) else 1)
        _, status = os.waitpid(child, 0)
        raise SystemExit(os.waitstatus_to_exitcode(status))
        """,
        THREADLINE_DSN=server.dsn,
    )
    assert (result.returncode, result.stderr) == (0, "")
    body = received(server)
    assert ("secret" in body, "masked of the parent" in body, "masked of the child" in body) == (False, True, True)


def test_two_processes_decide_alike_which_sessions_are_sent(server):
    program = """
        from threadline import init_observability
        obs = init_observability()
        for number in range(50):
            with obs.trace("turn", session_id=f"conversation-{number}"):
                pass
        obs.flush(30)
        print(sum(obs.dropped.values()))
    """
    results = [run(program, THREADLINE_DSN=server.dsn, THREADLINE_SAMPLE_RATE="0.5") for _ in range(2)]
    kept = [number for number in range(50) if keeps(f"conversation-{number}", 0.5)]
    assert [result.stdout for result in results] == [f"{50 - len(kept)}\n"] * 2
    body = received(server)
    assert [number for number in range(50) if body.count(f'"conversation-{number}"') == 2] == kept
    assert [result.stderr for result in results] == ["", ""]


def test_content_can_be_kept_out_by_the_environment(server):
    program = """
        from threadline import get_observability
        with get_observability().trace("turn", input="secret") as trace:
            trace.update(output="secret")
            trace.error(ValueError("secret"))
    """
    run(program, THREADLINE_DSN=server.dsn, THREADLINE_CAPTURE_CONTENT="false")
    body = received(server)
    assert ("secret" in body, '"turn"' in body, "ValueError" in body) == (False, True, True)
