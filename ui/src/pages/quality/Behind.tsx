import { exactDuration, formatDuration } from '../../format/duration';
import { figure } from '../../format/figure';
import { formatCount, plural } from '../../format/numbers';
import { ONE_CALL, senderName, unpricedFilter, windowPath } from '../../model/findings';
import { Data } from '../../parts/Data';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';
import { Time } from '../../parts/Time';
import { DEFAULT_STATE, listSearch } from '../../state/listState';
import { sessionPath, tracePath } from '../../state/routes';

import { Strangers } from './Strangers';
import { Table } from './Table';

import type { Quality } from '../../api/schema';

/** The figures behind a finding, each a door to what it counts where that was stored. */
export function Behind({ code, report }: { code: string; report: Quality }) {
  switch (code) {
    case 'arrivals':
      return report.traceCount === 0 ? null : (
        <p>
          <Link to={windowPath(report)}>The sessions of {plural(report.traceCount, 'trace')}</Link>
        </p>
      );
    case 'refused':
      return <Refused report={report} />;
    case 'dropped':
      return <Dropped report={report} />;
    case 'without_session':
      return <WithoutSession report={report} />;
    case 'one_call_sessions':
      return <OneCall report={report} />;
    case 'not_understood':
      return <Strangers report={report} />;
    case 'unpriced_models':
      return <Unpriced report={report} />;
    case 'clock_ahead':
      return <Clock difference={report.clocks.ahead} word="ahead of its arrival" />;
    case 'clock_behind':
      return <Clock difference={report.clocks.behind} word="after it had ended" />;
    default:
      return null;
  }
}

function Refused({ report: { refused } }: { report: Quality }) {
  return (
    <Table
      label="Refused, by reason"
      heads={['Reason', 'Count', 'What the sender was told', 'Last']}
      rows={refused.map(({ reason, count, meaning, example, lastSeen }) => ({
        key: reason,
        cells: [
          <span key="reason" data-tip={meaning || undefined}>
            <code>{reason}</code>
          </span>,
          <Num key="count" figure={figure(formatCount(count), `${formatCount(count)} refused`)} />,
          example === null ? meaning : <Data key="example">{example}</Data>,
          <Time key="last" iso={lastSeen} />,
        ],
      }))}
    />
  );
}

function Dropped({ report: { dropped } }: { report: Quality }) {
  return (
    <Table
      label="Dropped before they were sent, by reason"
      heads={['Reason', 'Spans', 'What it means', 'Programs', 'Last']}
      rows={dropped.map(({ reason, spanCount, meaning, services, lastSeen }) => ({
        key: reason,
        cells: [
          <code key="reason">{reason}</code>,
          <Num key="count" figure={figure(formatCount(spanCount), plural(spanCount, 'span'))} />,
          meaning,
          <Data key="services">{services.join(', ')}</Data>,
          <Time key="last" iso={lastSeen} />,
        ],
      }))}
    />
  );
}

function WithoutSession({ report: { from, to, withoutSession } }: { report: Quality }) {
  const range = listSearch({ ...DEFAULT_STATE, range: { kind: 'custom', from, to } });
  return (
    <>
      <p>
        <Link to={`/traces${range}`}>{plural(withoutSession.traceCount, 'trace')} without a session</Link>
        {withoutSession.examples.length > 0 && ', such as '}
        {withoutSession.examples.map(({ id, name }, i) => (
          <span key={id}>
            {i > 0 && ', '}
            <Link to={tracePath(id)}>
              <Data>{name === '' ? id : name}</Data>
            </Link>
          </span>
        ))}
      </p>
      <Table
        label="Who sends the newest of them"
        heads={['Sender', 'Traces']}
        rows={withoutSession.senders.map((sender) => ({
          key: senderName(sender),
          cells: [<Data key="name">{senderName(sender)}</Data>, formatCount(sender.traceCount)],
        }))}
      />
    </>
  );
}

function OneCall({ report }: { report: Quality }) {
  const { oneCallCount, sessionCount, examples } = report.oneCallSessions;
  return (
    <p>
      <Link to={windowPath(report, ONE_CALL)}>{plural(oneCallCount, 'session')} of one call</Link> of{' '}
      <Link to={windowPath(report)}>{plural(sessionCount, 'session')}</Link>, such as{' '}
      {examples.map((id, i) => (
        <span key={id}>
          {i > 0 && ', '}
          <Link to={sessionPath(id)}>
            <Data>{id}</Data>
          </Link>
        </span>
      ))}
    </p>
  );
}

function Unpriced({ report }: { report: Quality }) {
  return (
    <Table
      label="Models without a price"
      heads={['Model', 'Traces', '']}
      rows={report.unpricedModels.map(({ model, traceCount }) => ({
        key: model,
        cells: [
          <Data key="model">{model}</Data>,
          <Link
            key="count"
            to={windowPath(report, unpricedFilter(model))}
            aria-label={`${plural(traceCount, 'trace')} with ${model}: show their sessions`}
          >
            {formatCount(traceCount)}
          </Link>,
          <Link key="price" to={`/settings/prices?${new URLSearchParams({ model })}`}>
            Set a price
          </Link>,
        ],
      }))}
    />
  );
}

interface ClockProps {
  difference: Quality['clocks']['ahead'];
  word: string;
}

function Clock({ difference: { spanCount, most, exampleTrace }, word }: ClockProps) {
  return (
    <p>
      {plural(spanCount, 'span')}, the farthest{' '}
      <Num figure={figure(formatDuration(most), exactDuration(most))} /> {word}
      {exampleTrace !== null && (
        <>
          ; <Link to={tracePath(exampleTrace)}>look at one</Link>
        </>
      )}
    </p>
  );
}
