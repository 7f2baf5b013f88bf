"""Records 1,000 canaries, each a text of its own, over everything that can be recorded; a test runs it and searches.

Arguments: ``masked`` or ``raw``, and how many seconds to wait for the server. Writes how many canaries it has used to its output.
"""

import itertools
import logging
import re
import sys
import time

from threadline import Place, init_observability

logging.basicConfig(level=logging.DEBUG)
counter = itertools.count()


def canary() -> str:
    return f"CANARY-{next(counter):04}-end"


def mask(text: str, place: Place) -> str:
    return re.sub(r"CANARY-\d{4}-end", "[masked]", text)


obs = init_observability(
    mask=mask if sys.argv[1] == "masked" else None,
    environment=canary(),
    release=canary(),
    service_name=canary(),
)


def fail(depth: int) -> None:
    if depth:
        fail(depth - 1)
    try:
        raise KeyError(canary())
    except KeyError as cause:
        error = ValueError(canary(), {"detail": canary()})
        error.add_note(canary())
        raise error from cause


def stream():
    text = ""
    for _ in range(3):
        text += canary()[:6]  # a secret may arrive in two pieces: what is recorded is the whole
        text = text[:-6] + canary()
        yield text


def turn() -> None:
    with (
        obs.session(canary(), user_id=canary(), metadata={canary(): canary()}, tags=[canary()]),
        obs.trace(canary(), input={"message": canary(), canary(): [canary(), {"deep": {"er": canary()}}]}) as trace,
    ):
        generation = obs.generation(
            canary(),
            model_name=canary(),
            provider=canary(),
            model_parameters={"stop": [canary()]},
            input={"messages": [{"role": "user", "content": f"My key is {canary()}, and {canary()}"}]},
        )
        for chunk in stream():
            generation.update(output={"content": chunk})
        generation.end(output={"content": canary()}, prompt_tokens=canary(), cost=canary())
        with obs.tool(canary(), input={"arguments": f'{{"id":"{canary()}"}}'}, metadata={"a": canary()}) as tool:
            tool.update(output=[canary(), canary().encode(), {canary()}], tags=[canary()])
        obs.event(canary(), input=canary(), output=canary(), metadata={"b": [canary()]}, tags=(canary(),))
        try:
            with obs.span(canary(), kind=canary()):
                fail(2)
        except ValueError as error:
            trace.update(output=error)
        obs.trace(session_id=canary() * 60).error(canary())
        try:
            with obs.trace(session_id=canary(), user_id=canary()):
                raise ExceptionGroup(canary(), [ValueError(canary()), OSError(2, canary())])
        except ExceptionGroup:
            pass


while next(counter) < 1_000:
    turn()
logging.getLogger("threadline").setLevel(logging.DEBUG)
obs.flush(float(sys.argv[2]))
while obs.waiting.in_memory:  # for a server that is away they wait on disk
    time.sleep(0.01)
sys.stdout.write(f"{next(counter)}\n")
