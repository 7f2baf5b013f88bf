import { useCallback, useMemo } from 'react';

import { navigate, useAddress } from '../../state/location';
import { parseSelection, selectionSearch, type Selection } from '../../state/selection';

/** One selection for conversation, timeline and inspector: the address. */
export function useSelection() {
  const { pathname, search } = useAddress();
  const selection = useMemo(() => parseSelection(search), [search]);
  const select = useCallback(
    (next: Selection) => navigate(pathname + selectionSearch(next), 'replace'),
    [pathname],
  );
  return { selection, select };
}
