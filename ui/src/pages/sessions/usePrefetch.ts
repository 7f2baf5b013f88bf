import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef } from 'react';

import { conversationQuery, sessionQuery, tracesQuery } from '../../api/queries';

const REST = 120;
const ignore = (): void => undefined;

/** The pointer rests on a row, its page is on the way: the click then finds it there. */
export function usePrefetch() {
  const client = useQueryClient();
  const timer = useRef(0);
  const leave = useCallback(() => window.clearTimeout(timer.current), []);
  const enter = useCallback(
    (id: string) => {
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        void import('../session/SessionPage');
        client.query(sessionQuery(id)).catch(ignore);
        client.infiniteQuery(conversationQuery(id)).catch(ignore);
        client.infiniteQuery(tracesQuery(id)).catch(ignore);
      }, REST);
    },
    [client],
  );
  return { enter, leave };
}
