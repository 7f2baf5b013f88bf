import { useQuery } from '@tanstack/react-query';

import { analyticsQuery } from '../../api/queries';
import { ErrorState } from '../../parts/ErrorState';
import { FilterBar } from '../../parts/filters/FilterBar';
import { navigate } from '../../state/location';

import { sessionsLookPath, type SessionsLook } from './analyticsState';
import { GroupTable } from './GroupTable';
import { METRICS } from './metrics';
import { MetricCard } from './MetricCard';
import { Totals } from './Totals';
import { TrendSection } from './TrendSection';
import { Views } from './Views';
import classes from './Analytics.module.css';

import type { ListState } from '../../state/listState';

/** The chosen sessions in numbers: in all, over time, their distributions, and in groups. */
export function SessionsView({ state, look }: { state: ListState; look: SessionsLook }) {
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery(
    analyticsQuery(state, look.groupBy),
  );
  const setLook = (next: SessionsLook): void => navigate(sessionsLookPath(state, next));
  return (
    <>
      <FilterBar
        title="Analytics"
        state={state}
        setState={(next) => navigate(sessionsLookPath(next, look))}
        error={error}
      />
      <Views shown="sessions" state={state} />
      {error !== null ? (
        <ErrorState what="Cannot sum up these sessions" error={error} onRetry={() => void refetch()} />
      ) : (
        data !== undefined && (
          <div className={classes.body} aria-busy={isFetching} data-stale={isPlaceholderData || undefined}>
            <Totals data={data} state={state} />
            {data.totals.sessionCount === 0 ? (
              <p className={classes.note}>No session matches: take a longer time range or fewer filters.</p>
            ) : (
              <>
                <TrendSection state={state} look={look} setLook={setLook} />
                <section className={classes.trends} aria-label="Distributions">
                  <h2>Per session</h2>
                  <div className={classes.cards}>
                    {METRICS.map((metric) => (
                      <MetricCard key={metric.key} metric={metric} data={data} state={state} />
                    ))}
                  </div>
                </section>
                <GroupTable
                  data={data}
                  state={state}
                  grouping={look.groupBy}
                  setGrouping={(groupBy) => setLook({ ...look, groupBy })}
                />
              </>
            )}
          </div>
        )
      )}
    </>
  );
}
