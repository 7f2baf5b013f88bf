import { useEffect, useRef, useState, type RefObject } from 'react';

import { useShortcut } from '../../state/shortcuts';

import type { Session } from '../../api/schema';
import type { Selection } from './useSelection';
import type { Virtualizer } from '@tanstack/react-virtual';

interface Deeds {
  selection: Selection;
  onStar: ((session: Session) => void) | undefined;
}

/** `j` and `k` move the focus itself, so that enter, tab and a screen reader go on from there. */
export function useRowKeys(
  sessions: readonly Session[],
  virtual: Virtualizer<HTMLDivElement, Element>,
  scroller: RefObject<HTMLDivElement | null>,
  { selection, onStar }: Deeds,
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

  const here = sessions.find((session) => session.id === cursor);
  const select = (toHere: boolean): void => {
    if (here === undefined) move(0);
    else selection.toggle(here.id, toHere);
  };
  useShortcut({ keys: 'j', label: 'Next session', group: 'List' }, () => move(1));
  useShortcut({ keys: 'k', label: 'Previous session', group: 'List' }, () => move(-1));
  useShortcut({ keys: 'Enter', label: 'Open the session', group: 'List' }, null);
  useShortcut({ keys: 'x', label: 'Select the session', group: 'List' }, () => select(false));
  useShortcut({ keys: 'X', label: 'Select up to the session', group: 'List' }, () => select(true));
  useShortcut(
    { keys: 'b', label: 'Bookmark the session', group: 'List' },
    () => here !== undefined && onStar?.(here),
    onStar !== undefined,
  );
  return { setCursor };
}
