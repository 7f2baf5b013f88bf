import { useCallback } from 'react';

import { patchSession } from '../../api/changes';
import { sentences } from '../../api/errors';

import type { Session } from '../../api/schema';
import type { LiveEvent } from '../../model/liveList';
import type { Notice } from '../session/useSessionEdit';

/** The star of a row: it shows at once, and goes back where the server refuses. */
export function useStar(hearOf: (event: LiveEvent) => void, notify: (notice: Notice) => void) {
  return useCallback(
    (session: Session) => {
      const bookmarked = !session.bookmarked;
      hearOf({ kind: 'session.updated', session: { ...session, bookmarked } });
      patchSession(session.id, { bookmarked })
        .then((changed) => hearOf({ kind: 'session.updated', session: changed }))
        .catch((error: unknown) => {
          hearOf({ kind: 'session.updated', session });
          notify({ text: `Not saved. ${sentences(error)}`, isError: true, undo: null });
        });
    },
    [hearOf, notify],
  );
}
