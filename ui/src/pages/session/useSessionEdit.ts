import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useCallback, useContext, useMemo, useState } from 'react';

import { patchSession } from '../../api/changes';
import { sentences } from '../../api/errors';
import { keys } from '../../api/keys';
import { meQuery } from '../../api/queries';
import { useShared } from '../../state/shared';
import { applyPatch, factsOfTraces, undoPatch, type FromTraces } from '../../model/sessionEdit';

import type { Session, SessionPatch, Trace } from '../../api/schema';

/** What has just been done, or could not be done, with the way back. */
export interface Notice {
  text: string;
  isError: boolean;
  undo: (() => void) | null;
}

export interface SessionEdit {
  /** Whether the key that signed in may say something of the session (`ingest`), or erase it (`admin`). */
  canEdit: boolean;
  canErase: boolean;
  /** Whether they may make a link by which anybody reads it (`write`, of members, or `admin`). */
  canShare: boolean;
  /** False while some of its traces are still unknown: whose a tag or a value is cannot be told yet. */
  knowsTraces: boolean;
  from: FromTraces;
  change: (patch: SessionPatch, said: string) => void;
  notify: (notice: Notice | null) => void;
}

interface Change {
  patch: SessionPatch;
  said: string;
  isUndo: boolean;
}

/** Changes show at once; what the server refuses goes back to how it was, and is told. */
export function useSessionEdit(id: string, traces: readonly Trace[], knowsTraces: boolean) {
  const client = useQueryClient();
  const [notice, setNotice] = useState<Notice | null>(null);
  const isShared = useShared();
  const scopes = useQuery({ ...meQuery, enabled: !isShared }).data?.scopes;
  const from = useMemo(() => factsOfTraces(traces), [traces]);

  const { mutate } = useMutation({
    mutationFn: ({ patch }: Change) => patchSession(id, patch),
    // One after the other, in the order in which they were made.
    scope: { id: `session ${id}` },
    onMutate: async ({ patch, said, isUndo }) => {
      await client.cancelQueries({ queryKey: keys.session(id), exact: true });
      const before = client.getQueryData<Session>(keys.session(id));
      if (before === undefined) return;
      client.setQueryData(keys.session(id), applyPatch(before, patch, from, new Date().toISOString()));
      const back: Change = { patch: undoPatch(before, patch, from), said: `Undone: ${said}`, isUndo: true };
      setNotice({ text: said, isError: false, undo: isUndo ? null : () => mutate(back) });
    },
    onSuccess: (session) => {
      client.setQueryData(keys.session(id), (old: Session | undefined) => ({ ...old, ...session }));
      void client.invalidateQueries({ queryKey: ['sessions'] });
      void client.invalidateQueries({ queryKey: keys.goals(id) });
    },
    onError: (error) => {
      void client.invalidateQueries({ queryKey: keys.session(id), exact: true });
      setNotice({ text: `Not saved. ${sentences(error)}`, isError: true, undo: null });
    },
  });
  const change = useCallback(
    (patch: SessionPatch, said: string) => mutate({ patch, said, isUndo: false }),
    [mutate],
  );
  const may = (...any: string[]): boolean => !isShared && any.some((scope) => scopes?.includes(scope));
  const canEdit = may('ingest');
  const canErase = may('admin');
  const canShare = may('write', 'admin');
  const edit = useMemo<SessionEdit>(
    () => ({ canEdit, canErase, canShare, knowsTraces, from, change, notify: setNotice }),
    [canEdit, canErase, canShare, knowsTraces, from, change],
  );
  return { edit, notice, dismiss: useCallback(() => setNotice(null), []) };
}

const nothing = (): void => undefined;

export const EditContext = createContext<SessionEdit>({
  canEdit: false,
  canErase: false,
  canShare: false,
  knowsTraces: false,
  from: { tags: [], metadata: {} },
  change: nothing,
  notify: nothing,
});

export const useEdit = (): SessionEdit => useContext(EditContext);
