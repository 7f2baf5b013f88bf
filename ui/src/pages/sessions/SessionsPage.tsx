import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';

import { ApiError } from '../../api/errors';
import { meQuery, sessionsQuery, summaryQuery } from '../../api/queries';
import { ErrorState } from '../../parts/ErrorState';
import states from '../../parts/States.module.css';
import { parseListLook, rememberColumns, rememberedColumns, sessionsSearch } from '../../state/listLook';
import { useLastList } from '../../state/lastList';
import { listSearch, parseListState, type ListState } from '../../state/listState';
import { navigate, useAddress } from '../../state/location';
import { useTitle } from '../../state/title';
import { keptColumns, usualColumns, type ColumnId } from '../../model/listColumns';
import { NoticeBar } from '../session/NoticeBar';

import { Arrived } from './Arrived';
import { BulkActions } from './BulkActions';
import { EmptyList } from './EmptyList';
import { NotFresh } from './NotFresh';
import { SessionTable } from './SessionTable';
import { Summary } from './Summary';
import { Toolbar } from './Toolbar';
import { useLive } from './useLive';
import { useQuietRefresh } from './useQuietRefresh';
import { useSelection } from './useSelection';
import { useStar } from './useStar';
import { viewColumns } from '../../model/savedView';
import classes from './SessionsPage.module.css';

import type { View } from '../../api/schema';
import type { Notice } from '../session/useSessionEdit';

export function SessionsPage() {
  useTitle('Sessions');
  const { search } = useAddress();
  useLastList(search);
  const state = useMemo(() => parseListState(search), [search]);
  const look = useMemo(() => parseListLook(search), [search]);
  const chosen = useMemo(() => look.columns ?? rememberedColumns(), [look]);
  const setState = useCallback(
    (next: ListState) => navigate(`/sessions${sessionsSearch(next, look)}`),
    [look],
  );
  const setColumns = (columns: ColumnId[] | null): void => {
    rememberColumns(columns ?? usualColumns(Infinity));
    const kept = columns === null ? null : keptColumns(columns);
    navigate(`/sessions${sessionsSearch(state, { ...look, columns: kept })}`, 'replace');
  };
  const openView = (view: View | null): void =>
    navigate(
      `/sessions${sessionsSearch(state, { columns: view === null ? look.columns : viewColumns(view), view: view?.id ?? null })}`,
    );

  const query = useInfiniteQuery(sessionsQuery(state));
  const { data, error, isPlaceholderData } = query;
  const sessions = useMemo(() => {
    // A session that moved between two pages while they were read stands once.
    const byId = new Map(data?.pages.flatMap((page) => page.data).map((session) => [session.id, session]));
    return [...byId.values()];
  }, [data]);
  const atTop = useRef(true);
  const [filtering, setFiltering] = useState(false);
  const [notice, setNotice] = useState<Notice | null>(null);
  const dismiss = useCallback(() => setNotice(null), []);
  const scopes = useQuery(meQuery).data?.scopes ?? [];
  // Rows first: what they add up to costs the server several times as much, and nobody waits for it to read.
  const listed = (data !== undefined && !isPlaceholderData) || error !== null;
  const summary = useQuery({ ...summaryQuery(state), enabled: listed });
  const matching = summary.data?.figures.totals.sessionCount ?? null;
  const live = useLive(state);
  useQuietRefresh(state, atTop, !live.isOpen);
  const selection = useSelection(sessions, listSearch({ ...state, sort: 'lastActivity', order: 'desc' }));
  const onStar = useStar(live.hearOf, setNotice);
  const canEdit = scopes.includes('ingest');

  return (
    <div className={classes.page}>
      <Toolbar
        state={state}
        setState={setState}
        sessions={sessions}
        error={error}
        filtering={filtering}
        setFiltering={setFiltering}
        chosen={chosen}
        setColumns={setColumns}
        view={look.view}
        onOpenView={openView}
      />
      <div>
        <Summary state={state} setState={setState} listed={listed} />
        {query.isRefetchError && <NotFresh error={error} since={query.dataUpdatedAt} />}
      </div>
      <div className={classes.body} aria-busy={query.isFetching}>
        <Arrived arrivals={live.arrivals} onShow={live.show} />
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
            chosen={chosen}
            selection={selection}
            gone={live.arrivals.gone}
            onStar={canEdit ? onStar : undefined}
          />
        )}
        <BulkActions
          state={state}
          selection={selection}
          matching={matching}
          hasMore={query.hasNextPage}
          scopes={scopes}
          live={live}
          notify={setNotice}
        />
      </div>
      <NoticeBar notice={notice} onDismiss={dismiss} />
    </div>
  );
}
