import { useCallback, useRef } from 'react';

import { askForSession } from '../ahead';

const REST = 120;

/** The pointer rests on a row, its page is on the way: the click then finds it there. */
export function usePrefetch() {
  const timer = useRef(0);
  const leave = useCallback(() => window.clearTimeout(timer.current), []);
  const enter = useCallback((id: string) => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => askForSession(id), REST);
  }, []);
  return { enter, leave };
}
