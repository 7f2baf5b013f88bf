import { useEffect, type RefObject } from 'react';

/** What scrolls has the focus when a page opens, so that space, page down and the arrows work at once. */
export function useFocusOnOpen(ref: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const active = document.activeElement;
    if (active === null || active === document.body || !active.isConnected)
      ref.current?.focus({ preventScroll: true });
  }, [ref]);
}
