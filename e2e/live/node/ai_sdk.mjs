// The AI SDK with its OpenTelemetry integration: the text of a turn goes through generateText, the last one through streamText.
import { createOpenAI } from '@ai-sdk/openai'
import { OpenTelemetry } from '@ai-sdk/otel'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { generateText, isStepCount, jsonSchema, registerTelemetry, streamText, tool } from 'ai'

const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] })
provider.register()
registerTelemetry(new OpenTelemetry({ runtimeContext: true, usage: true }))

const USER = 'user-456'
const FIRST = 'conversation-abc123'
const TURNS = [
  [FIRST, 'Hello, my name is Ada.'],
  [FIRST, 'What is the weather in Paris?'],
  [FIRST, 'Please trigger a failure now.'],
  ['conversation-def456', 'Say goodbye to Bob.'],
]

const model = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL }).responses('gpt-4o-mini')
const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const tools = { get_weather: tool({ inputSchema: jsonSchema(city), execute: () => '18C and cloudy' }) }
const history = []

async function chatTurn(sessionId, userId, text) {
  const turn = {
    model,
    runtimeContext: { sessionId, userId },
    telemetry: { includeRuntimeContext: { sessionId: true, userId: true } },
  }
  if (sessionId !== FIRST) return await streamText({ ...turn, prompt: text }).text
  history.push({ role: 'user', content: text })
  const asked = { messages: history, tools, stopWhen: isStepCount(3), maxRetries: 0 }
  const answer = await generateText({ ...turn, ...asked })
  history.push(...answer.response.messages)
  return answer.text
}

for (const [sessionId, text] of TURNS) {
  await chatTurn(sessionId, USER, text).catch(error => {
    if (error.statusCode !== 400) throw error
  })
}
await provider.shutdown()
