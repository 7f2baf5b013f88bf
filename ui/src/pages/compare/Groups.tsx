import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';

import { comparisonQuery } from '../../api/compareQueries';
import { ErrorState } from '../../parts/ErrorState';
import { comparisonSearch, isComparable, parseCompare, type CompareState } from '../../state/compareState';
import { navigate, useAddress } from '../../state/location';
import { FilterChips } from '../../parts/filters/FilterChips';
import { FilterMenu } from '../../parts/filters/FilterMenu';
import { RangeMenu } from '../../parts/filters/RangeMenu';

import { Differences } from './Differences';
import { BaseMenu, Releases } from './Sides';
import classes from './Compare.module.css';

import type { ListState } from '../../state/listState';

const NONE: never[] = [];

const show = (state: CompareState): void => navigate(`/compare${comparisonSearch(state)}`);

/** The sessions of two periods or releases. */
export function Groups() {
  const { search } = useAddress();
  const state = useMemo(() => parseCompare(search), [search]);
  const [filtering, setFiltering] = useState(false);
  const isAsked = isComparable(state);
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery({
    ...comparisonQuery(state),
    enabled: isAsked,
  });
  const setList = (list: ListState): void => show({ ...state, list });
  // The release of a side is chosen beside the other, not as a filter of both.
  const others =
    state.by === 'releases'
      ? { ...state.list, filters: state.list.filters.filter(({ field }) => field !== 'release') }
      : state.list;
  const setOthers = (next: ListState): void => {
    const own = state.list.filters.filter(({ field }) => state.by === 'releases' && field === 'release');
    setList({ ...next, filters: [...own, ...next.filters.filter((filter) => !own.includes(filter))] });
  };
  return (
    <>
      <div className={classes.choice} role="group" aria-label="What is compared with what">
        {state.by === 'releases' && <Releases state={state} onChange={show} />}
        <RangeMenu range={state.list.range} onChange={(range) => setList({ ...state.list, range })} />
        {state.by === 'windows' && <BaseMenu state={state} onChange={show} />}
        <FilterChips state={others} setState={setOthers} sessions={NONE} />
        <FilterMenu
          state={others}
          setState={setOthers}
          sessions={NONE}
          opened={filtering}
          setOpened={setFiltering}
        />
      </div>
      {!isAsked ? (
        <p className={classes.note}>Choose the two releases that are compared.</p>
      ) : error !== null ? (
        <ErrorState what="Cannot compare" error={error} onRetry={() => void refetch()} />
      ) : (
        data !== undefined && (
          <div className={classes.body} aria-busy={isFetching} data-stale={isPlaceholderData || undefined}>
            <Differences comparison={data} state={state} />
          </div>
        )
      )}
    </>
  );
}
