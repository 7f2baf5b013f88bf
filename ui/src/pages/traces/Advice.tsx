import { useQuery } from '@tanstack/react-query';

import { qualityQuery } from '../../api/qualityQueries';
import { formatCount, plural } from '../../format/numbers';
import { formatDateTime } from '../../format/time';
import { senderName } from '../../model/findings';
import { CopyButton } from '../../parts/CopyButton';
import { Data } from '../../parts/Data';
import { Link } from '../../parts/Link';
import { useNow } from '../../state/now';

import classes from './Traces.module.css';

import type { Range } from '../../state/listState';

const ATTRIBUTE = 'span.set_attribute("session.id", conversation_id)';
const SDK = 'with obs.session(conversation_id):\n    answer(question)';

/** What these traces are, who sends them, and what brings them into a session. */
export function Advice({ range }: { range: Range }) {
  const { data } = useQuery(qualityQuery(range));
  const now = useNow();
  const { traceCount, senders } = data?.withoutSession ?? { traceCount: 0, senders: [] };
  return (
    <section className={classes.advice} aria-label="Why they have no session">
      <p>
        A trace joins a session when one of its spans names it. These name none, so they count in no session,
        user or analytics: calls outside a conversation (a nightly job, an embedding run), or a program that
        does not send the id yet.
      </p>
      {data !== undefined && traceCount > 0 && (
        <p>
          {plural(traceCount, 'trace')} of {formatCount(data.traceCount)} since{' '}
          {formatDateTime(Date.parse(data.from), now)}
          {senders.length > 0 && ', the newest from '}
          {senders.map((sender, i) => (
            <span key={senderName(sender)}>
              {i > 0 && ', '}
              <strong>
                <Data>{senderName(sender)}</Data>
              </strong>{' '}
              ({formatCount(sender.traceCount)})
            </span>
          ))}
          .
        </p>
      )}
      <details>
        <summary>How to give them a session</summary>
        <div className={classes.ways}>
          <Way title="With OpenTelemetry, on any span of the trace" text={ATTRIBUTE} />
          <Way title="With Threadline's SDK, around a turn" text={SDK} />
          <p>
            Use one value for all turns of a conversation: make it when the conversation begins, and keep it.
            <code> gen_ai.conversation.id</code> and <code>thread_id</code> in the metadata do as well.
          </p>
          <p>
            Traces that name a user can become sessions by themselves, one for each stretch of activity, past
            ones too: <Link to="/settings/sessions">automatic sessions in the settings</Link>.
          </p>
        </div>
      </details>
    </section>
  );
}

function Way({ title, text }: { title: string; text: string }) {
  return (
    <div className={classes.way}>
      <header>
        <span>{title}</span>
        <CopyButton text={text} label={`Copy: ${title}`} />
      </header>
      <pre tabIndex={0} aria-label={title}>
        {text}
      </pre>
    </div>
  );
}
