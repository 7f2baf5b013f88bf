import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';

import { ApiError } from '../../api/errors';
import { sessionsQuery } from '../../api/queries';
import { ErrorState } from '../../parts/ErrorState';
import states from '../../parts/States.module.css';
import { listSearch, parseListState, type ListState } from '../../state/listState';
import { navigate, useAddress } from '../../state/location';
import { useTitle } from '../../state/title';

import { EmptyList } from './EmptyList';
import { NotFresh } from './NotFresh';
import { SessionTable } from './SessionTable';
import { Summary } from './Summary';
import { Toolbar } from './Toolbar';
import { useQuietRefresh } from './useQuietRefresh';
import classes from './SessionsPage.module.css';

export function SessionsPage() {
  useTitle('Sessions');
  const { search } = useAddress();
  const state = useMemo(() => parseListState(search), [search]);
  const setState = useCallback((next: ListState) => navigate(`/sessions${listSearch(next)}`), []);
  const query = useInfiniteQuery(sessionsQuery(state));
  const { data, error, isPlaceholderData } = query;
  const sessions = useMemo(() => {
    // A session that moved between two pages while they were read stands once.
    const byId = new Map(data?.pages.flatMap((page) => page.data).map((session) => [session.id, session]));
    return [...byId.values()];
  }, [data]);
  const atTop = useRef(true);
  const [filtering, setFiltering] = useState(false);
  useQuietRefresh(state, atTop);

  return (
    <div className={classes.page}>
      <Toolbar
        state={state}
        setState={setState}
        sessions={sessions}
        error={error}
        filtering={filtering}
        setFiltering={setFiltering}
      />
      <div>
        <Summary state={state} setState={setState} />
        {query.isRefetchError && <NotFresh error={error} since={query.dataUpdatedAt} />}
      </div>
      <div className={classes.body} aria-busy={query.isFetching}>
        {data === undefined && error instanceof ApiError && error.code === 'bad_filter' ? (
          <p className={states.text} style={{ padding: 20 }}>
            No session is shown: the filter expression cannot be read. Its first fault is marked above.
          </p>
        ) : data === undefined && error !== null ? (
          <ErrorState what="Cannot list the sessions" error={error} onRetry={() => void query.refetch()} />
        ) : data !== undefined && sessions.length === 0 && !isPlaceholderData ? (
          <EmptyList state={state} setState={setState} />
        ) : (
          <SessionTable
            key={listSearch(state)}
            state={state}
            setState={setState}
            sessions={sessions}
            loading={data === undefined}
            stale={isPlaceholderData}
            moreError={query.isFetchNextPageError ? error : null}
            hasMore={query.hasNextPage}
            fetchMore={() => void (query.isFetching ? null : query.fetchNextPage())}
            retry={() => void query.fetchNextPage()}
            onTop={(top) => (atTop.current = top)}
          />
        )}
      </div>
    </div>
  );
}
