"""Work that is handed to a worker stays in its session and trace: jobs carry headers, threads are bound.

Needs THREADLINE_DSN; see README.md. The queue stands for whatever you use: Celery, RQ, SQS, Kafka.
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from queue import Queue

from threadline import init_observability, new_session_id, observe

obs = init_observability(service_name="reports")
jobs: "Queue[str | None]" = Queue()


def ask_for_report(customer: str) -> None:
    """In the program that people talk to: puts a job into the queue."""
    with obs.trace("ask-for-report", input={"customer": customer}) as trace:
        jobs.put(json.dumps({"customer": customer, "headers": dict(obs.inject())}))
        trace.update(output={"state": "queued"})


def work() -> None:
    """In the worker, usually another program: its spans continue the trace that the headers name."""
    while (text := jobs.get()) is not None:
        job = json.loads(text)
        with obs.extract(job["headers"]), obs.span("write-report", kind="agent", input=job["customer"]) as report:
            # Threads of a pool know nothing of the job; a bound executor tells them.
            with obs.bind_executor(ThreadPoolExecutor(2)) as pool:
                chapters = list(pool.map(write_chapter, ["orders", "returns"]))
            report.update(output=chapters)


@observe(kind="tool")
def write_chapter(topic: str) -> str:
    return f"All about {topic}."


def main() -> None:
    worker = threading.Thread(target=work)
    worker.start()
    with obs.session(new_session_id("reports"), user_id="user-123") as session:
        ask_for_report("ACME")
        ask_for_report("Globex")
    jobs.put(None)
    worker.join()
    print(session.id if obs.flush(timeout=5) else f"not delivered: {obs.dropped}")


if __name__ == "__main__":
    main()
