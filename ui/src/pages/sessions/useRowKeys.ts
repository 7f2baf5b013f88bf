import { useEffect, useRef, useState, type RefObject } from 'react';

import { useShortcut } from '../../state/shortcuts';

import type { Session } from '../../api/schema';
import type { Virtualizer } from '@tanstack/react-virtual';

/** `j` and `k` move the focus itself, so that enter, tab and a screen reader go on from there. */
export function useRowKeys(
  sessions: readonly Session[],
  virtual: Virtualizer<HTMLDivElement, Element>,
  scroller: RefObject<HTMLDivElement | null>,
) {
  const [cursor, setCursor] = useState<string | null>(null);
  const wanted = useRef<number | null>(null);

  const move = (by: number): void => {
    const at = sessions.findIndex((session) => session.id === cursor);
    const first = virtual.range?.startIndex ?? 0;
    const next = at < 0 ? first : Math.min(Math.max(at + by, 0), sessions.length - 1);
    const session = sessions[next];
    if (session === undefined) return;
    wanted.current = next;
    setCursor(session.id);
    virtual.scrollToIndex(next, { align: 'auto' });
    focusWanted();
  };

  const focusWanted = (): void => {
    if (wanted.current === null) return;
    const row = scroller.current?.querySelector(`[data-index="${wanted.current}"] [data-row-link]`);
    if (!(row instanceof HTMLElement)) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  };
  // A row that was not on the screen gets the focus as soon as it is.
  useEffect(focusWanted);

  useShortcut({ keys: 'j', label: 'Next session', group: 'List' }, () => move(1));
  useShortcut({ keys: 'k', label: 'Previous session', group: 'List' }, () => move(-1));
  useShortcut({ keys: 'Enter', label: 'Open the session', group: 'List' }, null);
  return { setCursor };
}
