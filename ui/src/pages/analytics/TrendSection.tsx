import { useQuery } from '@tanstack/react-query';

import { trendsQuery } from '../../api/analyticsQueries';
import { INTERVALS } from '../../model/trends';
import { ErrorState } from '../../parts/ErrorState';

import { STATISTICS, type SessionsLook } from './analyticsState';
import { Choice } from './Choice';
import { TrendCard } from './TrendCard';
import { TRENDS } from './trendMetrics';
import classes from './Analytics.module.css';

import type { ListState } from '../../state/listState';

interface Props {
  state: ListState;
  look: SessionsLook;
  setLook: (look: SessionsLook) => void;
}

/** Every metric of the conversations over time. */
export function TrendSection({ state, look, setLook }: Props) {
  const { data, error, isPlaceholderData, refetch } = useQuery(trendsQuery(state, look.interval));
  return (
    <section className={classes.trends} aria-label="Over time">
      <div className={classes.sectionHead}>
        <h2>Over time</h2>
        <Choice
          label="Interval"
          lead="per"
          options={INTERVALS.map((value) => ({ value, label: value }))}
          value={look.interval ?? data?.interval ?? null}
          onChange={(interval) => setLook({ ...look, interval })}
        />
        <Choice
          label="Statistic of what is per session"
          lead="show"
          options={STATISTICS.map((value) => ({ value, label: value }))}
          value={look.statistic}
          onChange={(statistic) => setLook({ ...look, statistic })}
        />
      </div>
      {data === undefined ? (
        error !== null && (
          <ErrorState what="Cannot show trends" error={error} onRetry={() => void refetch()} />
        )
      ) : (
        <>
          <p className={classes.note}>
            {data.before === null ? (
              'Choose a time range to compare with the period before it. '
            ) : (
              <>
                <span className={classes.faint} aria-hidden="true" /> the period of equal length before.{' '}
              </>
            )}
            Click an interval to open its sessions, drag over several to open them together.
          </p>
          {error !== null && (
            <p className={classes.failed} role="alert">
              Cannot show this interval: {error.message}
            </p>
          )}
          <div className={classes.trendCards} data-stale={isPlaceholderData || undefined}>
            {TRENDS.map((metric) => (
              <TrendCard
                key={metric.key}
                metric={metric}
                trends={data}
                statistic={look.statistic}
                state={state}
              />
            ))}
          </div>
        </>
      )}
    </section>
  );
}
