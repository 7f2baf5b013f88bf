import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, type RefObject } from 'react';

import { sessionsQuery } from '../../api/queries';

import { readAnew } from './useLive';

import type { ListState } from '../../state/listState';

const EVERY_MS = 4000;

/**
 * Keeps the list fresh where changes do not arrive by themselves, while nothing that is read can move: at the top of
 * the list and with the page in front. Table and strip refresh together, so that one always describes the other.
 */
export function useQuietRefresh(state: ListState, atTop: RefObject<boolean>, enabled: boolean): void {
  const client = useQueryClient();
  const latest = useRef(state);
  useEffect(() => {
    latest.current = state;
  });
  useEffect(() => {
    if (!enabled) return;
    const refresh = (): void => {
      if (document.hidden || !atTop.current) return;
      const { queryKey } = sessionsQuery(latest.current);
      if (client.getQueryState(queryKey)?.fetchStatus !== 'fetching') readAnew(client, latest.current);
    };
    const timer = window.setInterval(refresh, EVERY_MS);
    return () => window.clearInterval(timer);
  }, [client, atTop, enabled]);
}
