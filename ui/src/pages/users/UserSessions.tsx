import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';

import { meQuery, sessionsQuery, summaryQuery } from '../../api/queries';
import { ErrorState } from '../../parts/ErrorState';
import { rememberedColumns } from '../../state/listLook';
import { listSearch, type ListState } from '../../state/listState';
import { NoticeBar } from '../session/NoticeBar';
import { Arrived } from '../sessions/Arrived';
import { BulkActions } from '../sessions/BulkActions';
import { SessionTable } from '../sessions/SessionTable';
import { useLive } from '../sessions/useLive';
import { useQuietRefresh } from '../sessions/useQuietRefresh';
import { useSelection } from '../sessions/useSelection';
import { useStar } from '../sessions/useStar';

import classes from './User.module.css';

import type { Notice } from '../session/useSessionEdit';

interface Props {
  state: ListState;
  setState: (state: ListState) => void;
}

/** The list's own table, of one user: sorted, live, and with all that can be done to what is selected. */
export function UserSessions({ state, setState }: Props) {
  const query = useInfiniteQuery(sessionsQuery(state));
  const { data, error, isPlaceholderData } = query;
  const sessions = useMemo(() => {
    const byId = new Map(data?.pages.flatMap((page) => page.data).map((session) => [session.id, session]));
    return [...byId.values()];
  }, [data]);
  const atTop = useRef(true);
  const [notice, setNotice] = useState<Notice | null>(null);
  const dismiss = useCallback(() => setNotice(null), []);
  const scopes = useQuery(meQuery).data?.scopes ?? [];
  const matching = useQuery(summaryQuery(state)).data?.figures.totals.sessionCount ?? null;
  const live = useLive(state);
  useQuietRefresh(state, atTop, !live.isOpen);
  const selection = useSelection(sessions, listSearch({ ...state, sort: 'lastActivity', order: 'desc' }));
  const onStar = useStar(live.hearOf, setNotice);
  const [chosen] = useState(rememberedColumns);
  return (
    <div className={classes.sessions} aria-busy={query.isFetching}>
      <Arrived arrivals={live.arrivals} onShow={live.show} />
      {data === undefined && error !== null ? (
        <ErrorState what="Cannot list their sessions" error={error} onRetry={() => void query.refetch()} />
      ) : data !== undefined && sessions.length === 0 && !isPlaceholderData ? (
        <p className={classes.none}>None of their sessions is in this time range: take a longer one.</p>
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
          chosen={chosen}
          selection={selection}
          gone={live.arrivals.gone}
          onStar={scopes.includes('ingest') ? onStar : undefined}
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
      <NoticeBar notice={notice} onDismiss={dismiss} />
    </div>
  );
}
