import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { summaryQuery } from '../../api/queries';
import { Histogram } from '../../charts/Histogram';
import { exactDuration, formatDuration } from '../../format/duration';
import { figure, unknown, type Figure } from '../../format/figure';
import { exactCost, formatCost } from '../../format/money';
import { exactTokens, formatCount, formatTokens, plural } from '../../format/numbers';
import { formatDateTime } from '../../format/time';
import { activityBars, barPath, type ActivityBar } from '../../model/userActivity';
import { ErrorState } from '../../parts/ErrorState';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';
import { listSearch, withFilter, type ListState } from '../../state/listState';
import { useNow } from '../../state/now';

import classes from './User.module.css';

import type { SessionAnalytics } from '../../api/schema';

const MOST_BARS = 60;

interface Entry {
  label: string;
  value: Figure;
  state: ListState;
}

function entries({ totals, perSession }: SessionAnalytics, state: ListState): Entry[] {
  const { sessionCount, traceCount, totalTokens, totalCost, errorCount } = totals;
  const active = perSession.activeDuration.mean;
  return [
    {
      label: 'Sessions',
      value: figure(formatCount(sessionCount), plural(sessionCount, 'session')),
      state,
    },
    { label: 'Turns', value: figure(formatCount(traceCount), plural(traceCount, 'turn')), state },
    {
      label: 'Active',
      value:
        active === null
          ? unknown('No session in this time range.')
          : figure(formatDuration(active * sessionCount), exactDuration(Math.round(active * sessionCount))),
      state,
    },
    { label: 'Tokens', value: figure(formatTokens(totalTokens), exactTokens(totalTokens)), state },
    {
      label: 'Cost',
      value: figure(formatCost(totalCost), `${exactCost(totalCost)} of calls with a known price`),
      state: { ...state, sort: 'totalCost', order: 'desc' },
    },
    {
      label: 'Failed turns',
      value: figure(
        formatCount(errorCount),
        `${plural(errorCount, 'turn')} of ${formatCount(traceCount)} ended in an error`,
      ),
      state: withFilter(state, { field: 'hasError', value: true }),
    },
  ];
}

/** The sums of a user's sessions in the time range, and when and at what cost they were. */
export function Activity({ state }: { state: ListState }) {
  const { data, error, refetch, isPlaceholderData } = useQuery(summaryQuery(state));
  const bars = useMemo(() => activityBars(data?.figures.series ?? [], MOST_BARS), [data]);
  if (data === undefined)
    return error === null ? (
      <div className={classes.waiting} />
    ) : (
      <ErrorState what="Cannot sum up their sessions" error={error} onRetry={() => void refetch()} />
    );
  return (
    <section aria-label="In numbers" className={classes.activity} data-stale={isPlaceholderData || undefined}>
      <dl className={classes.totals}>
        {entries(data.figures, state).map(({ label, value, state: behind }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <Link
                to={`/sessions${listSearch(behind)}`}
                aria-label={`${label}: ${value.text}. Show these sessions`}
              >
                <Num figure={value} />
              </Link>
            </dd>
          </div>
        ))}
      </dl>
      {bars.length > 1 && (
        <div className={classes.charts}>
          <Chart title="Sessions over time" bars={bars} state={state} of={(bar) => bar.sessionCount} />
          <Chart title="Cost over time" bars={bars} state={state} of={(bar) => bar.totalCost} />
        </div>
      )}
    </section>
  );
}

interface ChartProps {
  title: string;
  bars: readonly ActivityBar[];
  state: ListState;
  of: (bar: ActivityBar) => number;
}

function Chart({ title, bars, state, of }: ChartProps) {
  const now = useNow();
  const say = (iso: string): string => formatDateTime(Date.parse(iso), now);
  const words = (bar: ActivityBar): string =>
    `From ${say(bar.from)}${bar.to === null ? '' : ` to ${say(bar.to)}`}: ${plural(bar.sessionCount, 'session')} with ${plural(bar.traceCount, 'turn')}, ${exactCost(bar.totalCost)}${bar.failedSessionCount > 0 ? `, ${bar.failedSessionCount} with an error` : ''}`;
  const first = bars[0];
  const last = bars.at(-1);
  return (
    <figure className={classes.chart}>
      <figcaption>{title}</figcaption>
      <Histogram
        label={title}
        bars={bars.map((bar, at) => ({
          key: bar.from,
          count: of(bar),
          label: words(bar),
          to: barPath(state, bars, at),
        }))}
      />
      <div className={classes.axis} aria-hidden="true">
        <span>{first === undefined ? '' : say(first.from)}</span>
        <span>{last === undefined ? '' : say(last.from)}</span>
      </div>
    </figure>
  );
}
