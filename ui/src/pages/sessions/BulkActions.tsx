import { useCallback, useState } from 'react';

import { sentences } from '../../api/errors';
import { allSessions } from '../../api/queries';
import { formatCount } from '../../format/numbers';
import { listSearch, type ListState } from '../../state/listState';

import { BulkBar } from './BulkBar';
import { DeleteDialog } from './DeleteDialog';
import { useBulk } from './useBulk';

import type { FoundSession, Session } from '../../api/schema';
import type { Notice } from '../session/useSessionEdit';
import type { Live } from './useLive';
import type { Selection } from './useSelection';

interface Props {
  state: ListState;
  selection: Selection;
  matching: number | null;
  hasMore: boolean;
  scopes: readonly string[];
  live: Live;
  notify: (notice: Notice | null) => void;
}

/** Of more, each of which is a request, somebody should first ask whether they are meant. */
const MOST = 10_000;

export function BulkActions({ state, selection, matching, hasMore, scopes, live, notify }: Props) {
  const [doomed, setDoomed] = useState<readonly FoundSession[] | null>(null);
  const { hearOf, show } = live;
  const onChanged = useCallback((session: Session) => hearOf({ kind: 'session.updated', session }), [hearOf]);
  const { clear } = selection;
  const onRemoved = useCallback(() => {
    clear();
    show();
  }, [clear, show]);
  const bulk = useBulk({ onChanged, onRemoved, notify });

  const withSessions = (run: (sessions: readonly FoundSession[]) => void): void => {
    if (!selection.isAll) {
      run(selection.sessions);
      return;
    }
    if (matching !== null && matching > MOST) {
      const text = `${formatCount(matching)} sessions are too many at once: filter for at most ${formatCount(MOST)}.`;
      notify({ text, isError: true, undo: null });
      return;
    }
    const onPage = (soFar: number): void =>
      notify({ text: `Reading the sessions: ${formatCount(soFar)} so far`, isError: false, undo: null });
    allSessions(state, new AbortController().signal, onPage, MOST)
      .then((sessions) => {
        notify(null);
        run(sessions);
      })
      .catch((error: unknown) =>
        notify({ text: `Nothing was done. ${sentences(error)}`, isError: true, undo: null }),
      );
  };
  return (
    <>
      <BulkBar
        key={listSearch(state)}
        state={state}
        selection={selection}
        bulk={bulk}
        matching={matching}
        hasMore={hasMore}
        canEdit={scopes.includes('ingest')}
        canDelete={scopes.includes('admin')}
        withSessions={withSessions}
        onDelete={() => withSessions(setDoomed)}
      />
      {doomed !== null && (
        <DeleteDialog
          sessions={doomed}
          onClose={() => setDoomed(null)}
          onDelete={() => {
            setDoomed(null);
            bulk.remove(doomed);
          }}
        />
      )}
    </>
  );
}
