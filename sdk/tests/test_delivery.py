"""Whole programs, a server that is there or not, and the spool between them (FAULTS.md rows C1 to C4)."""

import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sdk.tests.programs import Program, environment, run
from sdk.tests.stub_server import Reply, StubServer
from threadline._spool import MAX_AGE_S

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

DELIVER_THE_REST = """
    from threadline import init_observability
    assert init_observability().flush(50)
    """
EXIT_S = 2.0 + 3.0
"""What the end may take, and what a busy machine needs to start and stop an interpreter."""


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def port() -> int:
    """A port on which nothing listens yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def dsn(port: int) -> str:
    return f"http://pk_test@127.0.0.1:{port}/default"


@pytest.fixture
def black_hole(port: int) -> Iterator[None]:
    """Something that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", port)):
        yield


def names(server: StubServer) -> list[str]:
    return [name for request in server.requests for name in request.span_names]


def the_rest(port: int, dsn: str, spool: Path) -> list[str]:
    """What arrives when the server is back and the program is started again."""
    with StubServer(port) as server:
        assert run(DELIVER_THE_REST, dsn, spool) == (0, "")
        return names(server)


def numbered(count: int) -> list[str]:
    return [str(number) for number in range(count)]


ENDINGS = {
    "its last line": (0, ""),
    "sys.exit": (3, "raise SystemExit(3)"),
    "an exception": (1, "raise ValueError"),
    "daemon threads": (
        0,
        "import threading, time; threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()",
    ),
    "shutdown": (0, "obs.shutdown()"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_program_ends_in_time_although_the_server_is_away_and_the_next_delivers(port, dsn, spool, ending):
    code, line = ENDINGS[ending]
    with Program(PROGRAM.format(ending=line), dsn, spool) as program:
        assert program.read_line() == "the end begins"
        assert program.end(EXIT_S)[0] == code
    assert the_rest(port, dsn, spool) == numbered(50)


PROGRAM = """
    from threadline import init_observability
    obs = init_observability()
    for number in range(50):
        obs.event(str(number))
    print("the end begins", flush=True)
    {ending}
    """


def test_a_program_ends_in_time_although_the_server_never_answers(port, dsn, spool, black_hole):
    with Program(PROGRAM.format(ending=""), dsn, spool) as program:
        program.read_line()
        assert program.end(EXIT_S)[0] == 0


def test_what_a_server_that_never_answered_had_in_hand_is_delivered_by_the_next(port, dsn, spool):
    with socket.create_server(("127.0.0.1", port)):
        run(PROGRAM.format(ending=""), dsn, spool)
    assert the_rest(port, dsn, spool) == numbered(50)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_is_on_disk_survives_a_signal(port, dsn, spool, number):
    text = """
        import time
        from threadline import init_observability
        obs = init_observability()
        for number in range(2000):
            obs.event(str(number))
        while obs.waiting != (0, 2000):
            time.sleep(0.01)
        print("on disk", flush=True)
        time.sleep(1e6)
        """
    with Program(text, dsn, spool) as program:
        assert program.read_line() == "on disk"
        assert program.signal(number) == -number
    assert the_rest(port, dsn, spool) == numbered(2000)


def test_a_server_that_comes_back_gets_everything_in_order_from_the_same_program(port, dsn, spool):
    text = """
        import time
        from threadline import init_observability
        obs = init_observability()
        for number in range(1000):
            obs.event(str(number))
        while obs.waiting.in_memory:
            time.sleep(0.01)
        print("away", flush=True)
        input()
        obs.event("1000")
        assert obs.flush(50)
        assert (obs.waiting, obs.dropped) == ((0, 0), {})
        """
    program = subprocess.Popen(
        [sys.executable, "-c", "\n".join(line[8:] for line in text.splitlines())],
        env=environment(dsn, spool),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout.readline() == "away\n"
    with StubServer(port) as server:
        program.communicate("\n", timeout=60)
        assert (program.returncode, names(server)) == (0, numbered(1001))
    assert not list(spool.rglob("*.*.spool"))


def test_eight_programs_share_a_spool_and_are_killed_and_nothing_is_lost(port, dsn, spool):
    text = """
        import os, time
        from threadline import init_observability
        obs = init_observability()
        for number in range(500):
            obs.event(f"{os.environ['NAME']}-{number}")
        while obs.waiting.in_memory:
            time.sleep(0.01)
        print("on disk", flush=True)
        time.sleep(1e6)
        """
    programs = [Program(text, dsn, spool, NAME=str(name)) for name in range(8)]
    for program in programs:
        with program:
            assert program.read_line() == "on disk"
            program.signal(signal.SIGKILL)
    expected = Counter(f"{name}-{number}" for name in range(8) for number in range(500))
    assert Counter(the_rest(port, dsn, spool)) == expected


def test_a_living_program_delivers_what_another_left(port, dsn, spool):
    run(PROGRAM.format(ending=""), dsn, spool)
    with StubServer(port) as server:
        living = """
            from threadline import init_observability
            obs = init_observability()
            obs.event("mine")
            assert obs.flush(50)
            """
        assert run(living, dsn, spool) == (0, "")
        assert sorted(names(server)) == sorted(["mine", *numbered(50)])


def test_what_is_for_one_key_is_never_sent_with_another(port, dsn, spool):
    run(PROGRAM.format(ending=""), dsn, spool)
    assert the_rest(port, dsn.replace("pk_test", "pk_other"), spool) == []
    assert the_rest(port, dsn, spool) == numbered(50)


def test_beyond_the_bound_what_arrives_and_what_is_counted_is_everything(port, dsn, spool):
    text = """
        import os, time
        from threadline import init_observability
        from threadline._queue import Limits
        defaults = Limits(queue_spans=2_000, batch_spans=500)
        Limits.__new__.__defaults__ = tuple(defaults)
        obs = init_observability(spool_max_bytes=1_000_000)
        for number in range(20_000):
            obs.event(str(number), input=os.urandom(100).hex())
            if number % 1000 == 999:
                time.sleep(0.05)
        obs.shutdown()
        print(sum(obs.dropped.values()), flush=True)
        """
    with Program(text, dsn, spool) as program:
        dropped = int(program.read_line())
    with StubServer(port) as server:
        assert run(DELIVER_THE_REST, dsn, spool) == (0, "")
        arrived = names(server)
        reported = sum((Counter(spans) for _, spans in server.reports), Counter())
    assert (len(arrived), len(set(arrived)) + dropped) == (len(set(arrived)), 20_000)
    assert (reported.total(), "spool_full" in reported, len(arrived) > 0) == (dropped, True, True)


def test_a_report_on_drops_is_sent_again_with_the_same_id_until_it_is_taken(server, spool):
    server.report_replies.append(Reply(503, headers=(("Retry-After", "0"),)))
    text = """
        from threadline import get_observability, init_observability
        import os
        dsn = os.environ.pop("THREADLINE_DSN")
        get_observability().event("too early")
        obs = init_observability(dsn)
        obs.flush(50)
        obs.flush(50)
        """
    run(text, server.dsn, spool)
    first, *more = server.reports
    assert (first[1], more) == ({"not_initialized": 1}, [first])


def test_old_files_are_not_sent(port, dsn, spool):
    run(PROGRAM.format(ending=""), dsn, spool)
    (file,) = spool.rglob("*.spool")
    os.utime(file, (0, file.stat().st_mtime - MAX_AGE_S - 60))
    with StubServer(port) as server:
        run(DELIVER_THE_REST.replace("assert ", ""), dsn, spool)
        assert (names(server), [spans for _, spans in server.reports]) == ([], [{"expired": 50}])


@needs_fork
def test_a_child_whose_fork_python_was_not_told_of_delivers_although_the_parent_held_every_lock(server, spool):
    """uWSGI forks its workers so, unless it is told not to: no hook runs in them."""
    text = """
        import ctypes, os, signal, threading
        from threadline import init_observability
        from threadline._setup import _process

        obs = init_observability()
        obs.event("parent")
        assert obs.flush(30)
        before = obs.trace("before", session_id="s-1")
        recorder, exporter = _process.recorder, _process.recorder.exporter
        locks = [recorder._lock, recorder.drops._lock, recorder.notices._lock, recorder.running._lock, exporter._lock]
        locks += [exporter._passing, exporter._outbox.changed, recorder.user_sessions._lock]
        has_them, is_over = threading.Event(), threading.Event()

        def hold():
            for lock in locks:
                lock.acquire()
            has_them.set()
            is_over.wait()
            for lock in locks:
                lock.release()

        holder = threading.Thread(target=hold)
        holder.start()
        has_them.wait()
        children = []
        for number in range(3):
            pid = ctypes.PyDLL(None).fork()
            if pid == 0:
                signal.alarm(20)
                with obs.session_for("ann"), obs.trace(f"child-{number}"):
                    obs.score("good", True)
                before.end()
                os._exit(0 if obs.flush(15) and obs.dropped == {} else 1)
            children.append(pid)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
        is_over.set()
        holder.join()
        obs.event("parent again")
        assert codes == [0, 0, 0], codes
        """
    assert run(text, server.dsn, spool) == (0, "")
    ended = Counter(
        span["name"] for request in server.requests for span in request.spans if span["endTimeUnixNano"] != "0"
    )
    assert ended == {"parent": 1, "child-0": 1, "child-1": 1, "child-2": 1, "before": 3, "parent again": 1}


@needs_fork
def test_a_hundred_forks_under_load_deliver_everything_once(server, spool):
    text = """
        import os, signal, threading
        from threadline import init_observability
        obs = init_observability()
        is_over = threading.Event()

        def load(name):
            number = 0
            while not is_over.is_set():
                obs.event(f"{name}-{number}")
                number += 1
                is_over.wait(0.001)
            print(name, number, flush=True)

        threads = [threading.Thread(target=load, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        try:
            for child in range(100):
                pid = os.fork()
                if pid == 0:
                    signal.alarm(10)
                    obs.event(f"child-{child}")
                    os._exit(0 if obs.flush(9) else 1)
                assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, child
        finally:
            is_over.set()
            for thread in threads:
                thread.join()
        assert obs.flush(50)
        """
    with Program(text, server.dsn, spool) as program:
        counts = dict(program.read_line().split() for _ in "ab")
        assert program.end() == (0, "")
    expected = [f"{name}-{number}" for name, count in counts.items() for number in range(int(count))]
    assert sorted(names(server)) == sorted([*expected, *(f"child-{child}" for child in range(100))])


@needs_fork
def test_a_fork_while_the_server_is_away_delivers_both_processes_spans_once(port, dsn, spool):
    text = """
        import os, time
        from threadline import init_observability
        obs = init_observability()
        obs.event("before")
        while obs.waiting != (0, 1):
            time.sleep(0.01)
        child = os.fork()
        obs.event("child" if child == 0 else "parent")
        if child == 0:
            obs.shutdown()
            os._exit(0)
        os.waitpid(child, 0)
        """
    run(text, dsn, spool)
    assert sorted(the_rest(port, dsn, spool)) == ["before", "child", "parent"]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_deliver_at_their_end(server, spool, tmp_path, method):
    if method != "spawn" and not hasattr(os, "fork"):
        pytest.skip("there is no fork here")
    program = tmp_path / "program.py"
    program.write_text(
        f"""
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from threadline import init_observability

def work(number):
    init_observability().event(f"worker-{{number}}")

if __name__ == "__main__":
    obs = init_observability()
    obs.event("main")
    context = multiprocessing.get_context("{method}")
    worker = context.Process(target=work, args=(0,))
    worker.start()
    worker.join()
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        list(pool.map(work, range(1, 5)))
"""
    )
    subprocess.run([sys.executable, program], env=environment(server.dsn, spool), timeout=60, check=True)
    assert sorted(names(server)) == ["main", *(f"worker-{number}" for number in range(5))]


@needs_fork
def test_gunicorn_with_preload_delivers_from_each_worker(server, spool, tmp_path, port):
    pytest.importorskip("gunicorn")
    (tmp_path / "app.py").write_text(
        """
import os
from threadline import init_observability

obs = init_observability()
obs.event("preloaded")

def app(environ, start_response):
    with obs.trace(environ["PATH_INFO"]):
        obs.event(f"pid-{os.getpid()}")
    answer = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]
"""
    )
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--preload",
        "--workers",
        "2",
        "--bind",
        f"127.0.0.1:{port}",
        "app:app",
    ]
    gunicorn = subprocess.Popen(
        [*command, "--no-control-socket"] if "--no-control-socket" in gunicorn_help() else command,
        cwd=tmp_path,
        env=environment(server.dsn, spool),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for line in gunicorn.stderr:
            if "Booting worker" in line:
                break
        # Until both have answered: a worker that is ended while it boots is waited for half a minute, and then killed.
        workers: Counter[str] = Counter()
        for number in range(10_000):
            workers[ask(port, f"/turn-{number}")] += 1
            if len(workers) == 2 and number >= 40:
                break
    finally:
        gunicorn.send_signal(signal.SIGTERM)
        gunicorn.communicate(timeout=60)
    assert len(workers) == 2
    turns = [f"/turn-{number}" for number in range(workers.total())]
    events = [f"pid-{pid}" for pid in workers.elements()]
    assert Counter(names(server)) == Counter(["preloaded", *turns, *events])


def gunicorn_help() -> str:
    command = [sys.executable, "-m", "gunicorn", "--help"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def ask(port: int, path: str) -> str:
    """The body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        with connection.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")
    assert b" 200 " in head.splitlines()[0]
    return body.decode()
