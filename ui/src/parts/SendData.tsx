import { CopyButton } from './CopyButton';
import classes from './States.module.css';

const origin = window.location.origin;

const CURL = `curl ${origin}/observability/traces \\
  -H "Authorization: Bearer pk_..." -H "Content-Type: application/json" \\
  -d '{"name": "chat-turn", "sessionId": "conversation-abc123",
       "input": {"message": "Hello!"}, "output": {"response": "Hi."}}'`;

const OTEL = `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20pk_..."`;

/** The three lines that bring data, two ways. */
export function SendData() {
  return (
    <div className={classes.snippets}>
      <Snippet title="With curl" text={CURL} />
      <Snippet title="From any program with OpenTelemetry" text={OTEL} />
    </div>
  );
}

function Snippet({ title, text }: { title: string; text: string }) {
  return (
    <section className={classes.snippet}>
      <header>
        <span>{title}</span>
        <CopyButton text={text} label={`Copy: ${title.toLowerCase()}`} />
      </header>
      <pre tabIndex={0} aria-label={title}>
        {text}
      </pre>
    </section>
  );
}
