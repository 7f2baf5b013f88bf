"""A chat behind FastAPI: a user's turns are one session until half an hour of silence, and answers are streamed.

    pip install fastapi uvicorn openai
    uvicorn examples.fastapi_app:app

Needs OPENAI_API_KEY (and OPENAI_BASE_URL for another server than OpenAI's) and THREADLINE_DSN; see README.md.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Header
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI
from pydantic import BaseModel

from threadline import get_observability, init_observability, observe
from threadline.asgi import ObservabilityMiddleware

MODEL = "gpt-4o"


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    init_observability(service_name="chat-api")
    yield
    await get_observability().ashutdown()


app = FastAPI(lifespan=lifespan)
app.add_middleware(ObservabilityMiddleware)  # a session for each request, or the caller's: for all that names no other


class Question(BaseModel):
    message: str
    new_chat: bool = False


class Rating(BaseModel):
    helpful: bool
    comment: str | None = None


@app.post("/chat")
async def chat(question: Question, x_user: Annotated[str, Header()]) -> StreamingResponse:
    async def turn() -> AsyncIterator[str]:
        obs = get_observability()
        with (
            obs.session_for(x_user, new=question.new_chat, metadata={"channel": "web"}),
            obs.trace("chat-turn", input={"message": question.message}) as trace,
        ):
            words = []
            async for word in answer(await similar_questions(question.message), question.message):
                words.append(word)
                yield word
            trace.update(output={"response": "".join(words)})

    return StreamingResponse(turn(), media_type="text/plain")


@app.post("/rating")
async def rate(rating: Rating, x_user: Annotated[str, Header()]) -> None:
    obs = get_observability()
    with obs.session_for(x_user), obs.trace("rating", tags=["feedback"]) as trace:
        trace.score("helpful", rating.helpful, comment=rating.comment, source="user")


@observe(kind="retriever")
async def similar_questions(message: str) -> list[str]:
    """Stands for a search in the questions of others."""
    return [f"What others asked about: {word}" for word in message.split()[:2]]


async def answer(context: list[str], message: str) -> AsyncIterator[str]:
    messages = [{"role": "system", "content": "\n".join(context)}, {"role": "user", "content": message}]
    async with get_observability().generation("answer", model_name=MODEL, input={"messages": messages}) as generation:
        words = []
        stream = await AsyncOpenAI().chat.completions.create(
            model=MODEL, messages=messages, stream=True, stream_options={"include_usage": True}
        )
        async for chunk in stream:
            if chunk.choices and (word := chunk.choices[0].delta.content):
                generation.first_token()
                words.append(word)
                yield word
            if chunk.usage:
                generation.update(
                    prompt_tokens=chunk.usage.prompt_tokens, completion_tokens=chunk.usage.completion_tokens
                )
        generation.update(output={"content": "".join(words)})
