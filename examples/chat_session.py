"""A chat whose turns are one session: the example of the product description, in Python.

Needs OPENAI_API_KEY (and OPENAI_BASE_URL for another server than OpenAI's) and THREADLINE_DSN; see README.md.
"""

import asyncio
from uuid import uuid4

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam

from threadline import get_observability

MODEL = "gpt-4o"


class ChatSession:
    def __init__(self, user_id: str) -> None:
        self.session_id = f"chat-{uuid4().hex}"
        self._user_id = user_id
        self._messages: list[ChatCompletionMessageParam] = []
        self._openai = AsyncOpenAI()

    async def send_message(self, content: str) -> str:
        obs = get_observability()
        self._messages.append({"role": "user", "content": content})

        trace = obs.trace(
            name="chat-turn",
            session_id=self.session_id,  # links all turns
            user_id=self._user_id,
            input={"message": content, "turn_number": len(self._messages)},
            metadata={"message_count": len(self._messages)},
        )
        try:
            generation = obs.generation(name="generate-response", model_name=MODEL, input={"messages": self._messages})
            response = await self._openai.chat.completions.create(model=MODEL, messages=self._messages)
            assistant_message = response.choices[0].message.content or ""
            usage = response.usage
            await generation.end(
                output={"content": assistant_message},
                prompt_tokens=usage.prompt_tokens if usage else None,
                completion_tokens=usage.completion_tokens if usage else None,
            )
            self._messages.append({"role": "assistant", "content": assistant_message})
            await trace.end(output={"response": assistant_message})
        except Exception as error:
            await trace.error(error)
            raise
        return assistant_message


async def main() -> None:
    chat = ChatSession("user-123")
    for message in ("Hello!", "What can you help me with?", "Tell me about your features"):
        print(f"user:      {message}")
        print(f"assistant: {await chat.send_message(message)}")
    # All 3 traces are grouped in the same session.
    print(f"session:   {chat.session_id}")


if __name__ == "__main__":
    asyncio.run(main())
