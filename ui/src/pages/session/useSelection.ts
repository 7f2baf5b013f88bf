import { useCallback, useMemo } from 'react';

import { navigate, useAddress } from '../../state/location';
import { parseSelection, selectionSearch, type Selection } from '../../state/selection';
import { parseSessionView, sessionViewSearch, type SessionView } from '../../state/sessionView';

/** One selection, one tab and one moment for all parts of the page: the address. */
export function useSelection() {
  const { pathname, search } = useAddress();
  const selection = useMemo(() => parseSelection(search), [search]);
  const view = useMemo(() => parseSessionView(search), [search]);
  /** Changes what is named and keeps the rest, as it stands in the address at that moment. */
  const go = useCallback(
    (next: Partial<Selection & SessionView>) => {
      const now = window.location.search;
      const to = { ...parseSelection(now), ...parseSessionView(now), ...next };
      const told = (selectionSearch(to) + sessionViewSearch(to)).replace(/^&/, '?');
      navigate(pathname + told, 'replace');
    },
    [pathname],
  );
  const select = useCallback((next: Selection) => go(next), [go]);
  return { selection, view, select, go };
}
