import { useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useEffect, useRef, type RefObject } from 'react';

import { keys } from '../../api/keys';
import { sessionsQuery, type ListPage } from '../../api/queries';

import type { ListState } from '../../state/listState';

const EVERY = 4000;

/**
 * Keeps the list fresh while nothing that is read can move: at the top of the list and with the page in front.
 * Table and strip refresh together, so that one always describes the other.
 */
export function useQuietRefresh(state: ListState, atTop: RefObject<boolean>): void {
  const client = useQueryClient();
  const latest = useRef(state);
  useEffect(() => {
    latest.current = state;
  });
  useEffect(() => {
    const refresh = (): void => {
      if (document.hidden || !atTop.current) return;
      const { queryKey } = sessionsQuery(latest.current);
      if (client.getQueryState(queryKey)?.fetchStatus === 'fetching') return;
      // Only the first page is read again; what lies below loads anew when it is scrolled to.
      client.setQueryData<InfiniteData<ListPage>>(queryKey, (data) =>
        data === undefined
          ? undefined
          : { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) },
      );
      void client.refetchQueries({ queryKey, exact: true });
      void client.refetchQueries({ queryKey: keys.summary(latest.current), exact: true });
    };
    const timer = window.setInterval(refresh, EVERY);
    document.addEventListener('visibilitychange', refresh);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener('visibilitychange', refresh);
    };
  }, [client, atTop]);
}
