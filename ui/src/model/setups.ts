/**
 * How programs are pointed at this server, library by library. Whatever is no import stands on the library's page in
 * `docs/ecosystems/`, where it is run against a server: a test compares them.
 */

export interface Setup {
  id: string;
  label: string;
  /** The page that says more, below `docs/ecosystems/`; `null` for what the SDK's own and the API's pages say. */
  page: string | null;
  blocks: readonly { title: string; text: string }[];
}

/** What stands in the texts for the address, the key and the name of the project. */
const ADDRESS = 'http://127.0.0.1:4318';
const KEY = 'pk_xxx';
const PROJECT = 'default';

const OTEL = `export OTEL_EXPORTER_OTLP_ENDPOINT=${ADDRESS}
export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20${KEY}"
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`;
const OTEL_PROVIDER_IMPORTS = `from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor`;

export const SETUPS: readonly Setup[] = [
  {
    id: 'python',
    label: 'Python',
    page: null,
    blocks: [
      { title: 'Install', text: 'pip install threadline' },
      {
        title: 'Program',
        text: `from threadline import get_observability, init_observability

init_observability(dsn="http://${KEY}@127.0.0.1:4318/${PROJECT}")
obs = get_observability()

with obs.trace(name="chat-turn", session_id="conversation-abc123", input={"message": "Hello!"}) as trace:
    generation = obs.generation(name="generate-response", model_name="gpt-4o")
    generation.end(output={"content": "Hi."}, prompt_tokens=150, completion_tokens=50)
    trace.update(output={"response": "Hi."})

obs.flush(timeout=5)`,
      },
    ],
  },
  {
    id: 'openai',
    label: 'OpenAI',
    page: 'openai',
    blocks: [
      {
        title: 'Install',
        text: 'pip install openinference-instrumentation-openai opentelemetry-exporter-otlp-proto-http',
      },
      { title: 'Environment', text: OTEL },
      {
        title: 'Program, before the first call',
        text: `from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor
${OTEL_PROVIDER_IMPORTS}

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)`,
      },
      {
        title: 'Around each turn',
        text: `    with using_attributes(session_id=session_id, user_id=user_id):
        return answer(text)`,
      },
    ],
  },
  {
    id: 'opentelemetry',
    label: 'OpenTelemetry',
    page: 'opentelemetry',
    blocks: [
      { title: 'Environment, in any language', text: OTEL },
      {
        title: 'One span of each trace names the session',
        text: `    with tracer.start_as_current_span("chat-turn", attributes={"session.id": session_id, "user.id": user_id}):
        return answer(text)`,
      },
    ],
  },
  {
    id: 'langgraph',
    label: 'LangGraph',
    page: 'langchain',
    blocks: [
      { title: 'Install', text: 'pip install threadline langchain-core' },
      { title: 'Environment', text: `export THREADLINE_DSN=http://${KEY}@127.0.0.1:4318/${PROJECT}` },
      {
        title: 'Program: the thread is the session',
        text: `from threadline.langchain import ThreadlineCallbackHandler

handler = ThreadlineCallbackHandler()

    config = {"configurable": {"thread_id": session_id}, "metadata": {"user_id": user_id}, "callbacks": [handler]}
    turn = agent.invoke({"messages": [{"role": "user", "content": text}]}, config)`,
      },
    ],
  },
  {
    id: 'vercel',
    label: 'Vercel AI SDK',
    page: 'vercel-ai-sdk',
    blocks: [
      {
        title: 'Install',
        text: 'npm install ai @ai-sdk/otel @opentelemetry/sdk-trace-node @opentelemetry/exporter-trace-otlp-proto',
      },
      { title: 'Environment', text: OTEL },
      {
        title: 'Program',
        text: `import { OpenTelemetry } from '@ai-sdk/otel'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { registerTelemetry } from 'ai'

const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] })
provider.register()
registerTelemetry(new OpenTelemetry({ runtimeContext: true, usage: true }))`,
      },
      {
        title: 'In each call of generateText or streamText',
        text: `  runtimeContext: { sessionId, userId },
  telemetry: { includeRuntimeContext: { sessionId: true, userId: true } },`,
      },
    ],
  },
  {
    id: 'langfuse',
    label: 'Langfuse SDK',
    page: 'langfuse',
    blocks: [
      {
        title: 'Environment',
        text: `export LANGFUSE_HOST=${ADDRESS}
export LANGFUSE_PUBLIC_KEY=threadline
export LANGFUSE_SECRET_KEY=${KEY}`,
      },
      {
        title: 'Around each turn',
        text: `from langfuse import propagate_attributes

with propagate_attributes(session_id=session_id, user_id=user_id):
    chat_turn(text)`,
      },
    ],
  },
  {
    id: 'langsmith',
    label: 'LangSmith SDK',
    page: 'langsmith',
    blocks: [
      {
        title: 'Environment',
        text: `export LANGSMITH_TRACING=true
export LANGSMITH_ENDPOINT=${ADDRESS}
export LANGSMITH_API_KEY=${KEY}`,
      },
      {
        title: 'Each turn names its session',
        text: 'chat_turn(text, langsmith_extra={"metadata": {"session_id": session_id, "user_id": user_id}})',
      },
    ],
  },
  {
    id: 'curl',
    label: 'curl',
    page: null,
    blocks: [
      {
        title: 'With curl',
        text: `curl ${ADDRESS}/observability/traces \\
  -H "Authorization: Bearer ${KEY}" -H "Content-Type: application/json" \\
  -d '{"name": "chat-turn", "sessionId": "conversation-abc123",
       "input": {"message": "Hello!"}, "output": {"response": "Hi."}}'`,
      },
    ],
  },
];

interface Target {
  /** The origin of this server. */
  address: string;
  key: string;
  project: string;
}

/** A text with the real address, key and project, its lines moved left together. */
export function filled(text: string, { address, key, project }: Target): string {
  const [scheme = 'http:', host = ''] = address.split('//');
  return text
    .replaceAll(`http://${KEY}@127.0.0.1:4318/${PROJECT}`, `${scheme}//${key}@${host}/${project}`)
    .replaceAll(ADDRESS, address)
    .replaceAll(KEY, key)
    .split('\n\n')
    .map(dedented)
    .join('\n\n');
}

function dedented(paragraph: string): string {
  const lines = paragraph.split('\n');
  const indent = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(indent)).join('\n');
}
