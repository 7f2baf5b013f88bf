import { useQueryClient, type InfiniteData, type QueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { keys } from '../../api/keys';
import { listen } from '../../api/live';
import { latestSessions, sessionsQuery, type ListPage } from '../../api/queries';
import { hear, NO_ARRIVALS, type Arrivals, type LiveEvent } from '../../model/liveList';
import { askedParams, DEFAULT_STATE, listSearch, type ListState } from '../../state/listState';

/** A filter that is still being changed opens no stream. */
const OPEN_AFTER_MS = 400;
const GATHER_MS = 150;
const MOST_GATHERED = 5_000;
const FIGURES_EVERY_MS = 3_000;
const REFUSED_FOR_MS = 15_000;

export interface Live {
  /** Whether changes arrive by themselves now; else the list has to ask. */
  isOpen: boolean;
  arrivals: Arrivals;
  /** Reads the list anew, with what waited. */
  show: () => void;
  /** Takes a change that this page made itself into the rows. */
  hearOf: (event: LiveEvent) => void;
}

/** Keeps the rows of a list true while it is read: they change where they stand, and what is new waits. */
export function useLive(state: ListState): Live {
  const client = useQueryClient();
  const address = listSearch(state);
  // A stream tells of the same sessions in whatever order they are listed.
  const chosen = listSearch({ ...state, sort: DEFAULT_STATE.sort, order: DEFAULT_STATE.order });
  const [isOpen, setOpen] = useState(false);
  const [kept, setKept] = useState({ address, arrivals: NO_ARRIVALS });
  const arrivals = kept.address === address ? kept.arrivals : NO_ARRIVALS;
  const latest = useRef({ state, arrivals, address });
  useEffect(() => {
    latest.current = { state, arrivals, address };
  });

  const show = useCallback(() => {
    const now = latest.current;
    setKept({ address: now.address, arrivals: NO_ARRIVALS });
    readAnew(client, now.state);
  }, [client]);

  /** Whether the figures above the rows are behind now; `null` while there are no rows to change. */
  const take = useCallback(
    (events: readonly LiveEvent[]): boolean | null => {
      const now = latest.current;
      const { queryKey } = sessionsQuery(now.state);
      const data = client.getQueryData<InfiniteData<ListPage>>(queryKey);
      if (data === undefined) return null;
      const rows = data.pages.flatMap((page) => page.data);
      if (rows.length === 0) {
        show();
        return false;
      }
      const hasMore = data.pages.at(-1)?.nextCursor !== null;
      const next = hear(rows, now.arrivals, events, { ...now.state, hasMore });
      latest.current = { ...now, arrivals: next.arrivals };
      setKept({ address: now.address, arrivals: next.arrivals });
      if (next.hasChanged)
        client.setQueryData<InfiniteData<ListPage>>(queryKey, { ...data, pages: cut(data.pages, next.rows) });
      return next.hasChanged && next.arrivals.waiting.size === 0;
    },
    [client, show],
  );
  const hearOf = useCallback((event: LiveEvent) => void take([event]), [take]);

  useEffect(() => {
    let events: LiveEvent[] = [];
    let gathering = 0;
    let figures = 0;
    let retry = 0;
    let stop: (() => void) | null = null;
    const takeGathered = (): void => {
      gathering = 0;
      const areBehind = take(events);
      if (areBehind === null && events.length < MOST_GATHERED) {
        // What happens while the rows come in another order is for these.
        gathering = window.setTimeout(takeGathered, GATHER_MS);
        return;
      }
      events = [];
      // The strip describes the table: while something waits it stays as it is.
      if (areBehind !== true || figures !== 0) return;
      figures = window.setTimeout(() => {
        figures = 0;
        void client.refetchQueries({ queryKey: keys.summary(latest.current.state), exact: true });
      }, FIGURES_EVERY_MS);
    };
    const catchUp = (): void =>
      void missed(client, latest.current.state).then((found) => {
        events.push(...found);
        takeGathered();
      });
    const open = (): void => {
      const { state: asked } = latest.current;
      stop = listen(askedParams(asked, Date.now()), {
        onOpen: () => {
          setOpen(true);
          // The server is back: a list that could not be read is read now, since nobody refreshes it any more.
          const { queryKey } = sessionsQuery(latest.current.state);
          if (client.getQueryState(queryKey)?.status === 'error') readAnew(client, latest.current.state);
        },
        onEvent: (event) => {
          events.push(event);
          gathering ||= window.setTimeout(takeGathered, GATHER_MS);
        },
        onReset: catchUp,
        onLost: (isRefused) => {
          setOpen(false);
          if (isRefused) retry = window.setTimeout(open, REFUSED_FOR_MS);
        },
      });
    };
    const close = (): void => {
      stop?.();
      stop = null;
      setOpen(false);
      window.clearTimeout(retry);
    };
    // A browser has few connections to one server: a page that nobody sees keeps none.
    const onVisibility = (): void => {
      if (document.hidden) close();
      else if (stop === null) {
        open();
        catchUp();
      }
    };
    const first = window.setTimeout(onVisibility, OPEN_AFTER_MS);
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      [first, gathering, figures, retry].forEach((timer) => window.clearTimeout(timer));
      document.removeEventListener('visibilitychange', onVisibility);
      close();
    };
  }, [client, chosen, take]);
  return useMemo(() => ({ isOpen, arrivals, show, hearOf }), [isOpen, arrivals, show, hearOf]);
}

/** What happened last, as events: between the answer of the list and the opening of the stream, or while it was closed. */
async function missed(client: QueryClient, state: ListState): Promise<LiveEvent[]> {
  const readAt = client.getQueryState(sessionsQuery(state).queryKey)?.dataUpdatedAt ?? 0;
  const sessions = await latestSessions(state).catch(() => []);
  return sessions.map((session) => ({
    kind: Date.parse(session.startTime) > readAt ? 'session.started' : 'session.updated',
    session,
  }));
}

/** Only the first page is read again; what lies below loads anew when it is scrolled to. */
export function readAnew(client: QueryClient, state: ListState): void {
  const { queryKey } = sessionsQuery(state);
  client.setQueryData<InfiniteData<ListPage>>(queryKey, (data) =>
    data === undefined
      ? undefined
      : { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) },
  );
  void client.refetchQueries({ queryKey, exact: true });
  void client.refetchQueries({ queryKey: keys.summary(state), exact: true });
}

/** Rows back into the pages that they came in. */
function cut(pages: readonly ListPage[], rows: readonly ListPage['data'][number][]): ListPage[] {
  let at = 0;
  return pages.map((page) => {
    const from = at;
    at += page.data.length;
    return { ...page, data: rows.slice(from, at) };
  });
}
