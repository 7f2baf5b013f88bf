import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { analyticsQuery } from '../../api/queries';
import { ErrorState } from '../../parts/ErrorState';
import { listSearch, parseListState, type ListState } from '../../state/listState';
import { navigate, useAddress } from '../../state/location';
import { useTitle } from '../../state/title';
import { FilterBar } from '../../parts/filters/FilterBar';

import { GROUPINGS, type Grouping } from './doors';
import { GroupTable } from './GroupTable';
import { METRICS } from './metrics';
import { MetricCard } from './MetricCard';
import { Totals } from './Totals';
import classes from './Analytics.module.css';

function show(state: ListState, grouping: Grouping): void {
  const query = new URLSearchParams(listSearch(state));
  if (grouping !== 'model') query.set('groupBy', grouping);
  navigate(`/analytics${query.size === 0 ? '' : `?${query}`}`);
}

export default function AnalyticsPage() {
  useTitle('Analytics');
  const { search } = useAddress();
  const state = useMemo(() => parseListState(search), [search]);
  const asked = new URLSearchParams(search).get('groupBy');
  const grouping = GROUPINGS.find((option) => option === asked) ?? 'model';
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery(analyticsQuery(state, grouping));
  const setState = (next: ListState): void => show(next, grouping);
  return (
    <div className={classes.page}>
      <FilterBar title="Analytics" state={state} setState={setState} error={error} />
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
                <div className={classes.cards}>
                  {METRICS.map((metric) => (
                    <MetricCard key={metric.key} metric={metric} data={data} state={state} />
                  ))}
                </div>
                <GroupTable
                  data={data}
                  state={state}
                  grouping={grouping}
                  setGrouping={(next) => show(state, next)}
                />
              </>
            )}
          </div>
        )
      )}
    </div>
  );
}
