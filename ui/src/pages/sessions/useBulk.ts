import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';

import { deleteSession, patchSession } from '../../api/changes';
import { sentences } from '../../api/errors';
import { allTags } from '../../api/queries';
import { plural } from '../../format/numbers';
import { runAll, type Counts, type Failure } from '../../model/bulk';
import { ownTags } from '../../model/sessionEdit';

import type { FoundSession, Session, SessionPatch } from '../../api/schema';
import type { Notice } from '../session/useSessionEdit';

/** Each waits for its own roll-up, so that a few side by side are no load. */
const AT_ONCE = 4;

export interface Running extends Counts {
  what: string;
  stop: () => void;
}

interface Changed {
  session: Session;
  undo: SessionPatch;
}

export interface Bulk {
  running: Running | null;
  failures: readonly Failure<FoundSession>[];
  dismissFailures: () => void;
  addTag: (sessions: readonly FoundSession[], tag: string) => void;
  removeTag: (sessions: readonly FoundSession[], tag: string) => void;
  bookmark: (sessions: readonly FoundSession[], bookmarked: boolean) => void;
  remove: (sessions: readonly FoundSession[]) => void;
}

interface Told {
  onChanged: (session: Session) => void;
  onRemoved: (ids: readonly string[]) => void;
  notify: (notice: Notice | null) => void;
}

/** What is done to many sessions: each by itself, with what failed beside what was done, and the way back. */
export function useBulk({ onChanged, onRemoved, notify }: Told): Bulk {
  const client = useQueryClient();
  const [running, setRunning] = useState<Running | null>(null);
  const [failures, setFailures] = useState<readonly Failure<FoundSession>[]>([]);
  const stopped = useRef(false);

  const run = useCallback(
    async <R>(
      what: string,
      sessions: readonly FoundSession[],
      task: (session: FoundSession) => Promise<R>,
    ) => {
      stopped.current = false;
      setFailures([]);
      notify(null);
      const stop = (): void => {
        stopped.current = true;
      };
      const onProgress = (counts: Counts): void => setRunning({ what, stop, ...counts });
      const outcome = await runAll(sessions, AT_ONCE, task, onProgress, () => stopped.current);
      setRunning(null);
      setFailures(outcome.failed);
      return outcome;
    },
    [notify],
  );

  const change = useCallback(
    async (
      what: string,
      said: (count: number) => string,
      sessions: readonly FoundSession[],
      patches: (session: FoundSession) => Promise<{ patch: SessionPatch; undo: SessionPatch } | null>,
    ) => {
      const { done, left } = await run(what, sessions, async (session): Promise<Changed | null> => {
        const change = await patches(session);
        if (change === null) return null;
        const changed = await patchSession(session.id, change.patch);
        onChanged(changed);
        return { session: changed, undo: change.undo };
      });
      const changed = done.filter((one) => one !== null);
      const undo = (): void => {
        const back = new Map(changed.map((one) => [one.session.id, one.undo]));
        void run(
          'Undoing',
          changed.map((one) => one.session),
          async (session) => onChanged(await patchSession(session.id, back.get(session.id) ?? {})),
        ).then(() => notify({ text: `Undone: ${said(changed.length)}`, isError: false, undo: null }));
      };
      const rest = left > 0 ? ` Stopped: ${plural(left, 'session')} left as they were.` : '';
      notify({
        text: `${said(changed.length)}${rest}`,
        isError: false,
        undo: changed.length > 0 ? undo : null,
      });
      for (const key of ['values', 'session']) void client.invalidateQueries({ queryKey: [key] });
    },
    [client, notify, onChanged, run],
  );

  return {
    running,
    failures,
    dismissFailures: useCallback(() => setFailures([]), []),
    addTag: (sessions, tag) =>
      void change(
        `Adding the tag ${tag}`,
        (count) => `Tag ${tag} added to ${plural(count, 'session')}`,
        sessions,
        async (session) => {
          if (session.tags.includes(tag)) return null;
          const own = await tagsOf(session);
          return { patch: { tags: [...own, tag] }, undo: { tags: own } };
        },
      ),
    removeTag: (sessions, tag) =>
      void change(
        `Removing the tag ${tag}`,
        (count) => `Tag ${tag} removed from ${plural(count, 'session')}`,
        sessions.filter(({ tags }) => tags.includes(tag)),
        async (session) => {
          const own = await tagsOf(session);
          if (!own.includes(tag))
            throw new Error(`The tag ${tag} is of its traces: it cannot be taken from them.`);
          return { patch: { tags: own.filter((other) => other !== tag) }, undo: { tags: own } };
        },
      ),
    bookmark: (sessions, bookmarked) =>
      void change(
        bookmarked ? 'Bookmarking' : 'Removing bookmarks',
        (count) =>
          bookmarked ? `${plural(count, 'session')} bookmarked` : `${plural(count, 'bookmark')} removed`,
        sessions.filter((session) => session.bookmarked !== bookmarked),
        (session) => Promise.resolve({ patch: { bookmarked }, undo: { bookmarked: session.bookmarked } }),
      ),
    remove: (sessions) =>
      void run('Deleting', sessions, async (session) => {
        await deleteSession(session.id);
        client.removeQueries({ queryKey: ['session', session.id] });
        return session.id;
      }).then(({ done, left }) => {
        onRemoved(done);
        const rest = left > 0 ? `, ${plural(left, 'session')} kept` : '';
        notify({ text: `${plural(done.length, 'session')} deleted${rest}`, isError: false, undo: null });
      }),
  };
}

/** The tags that people gave it: they are replaced as a whole, and those of its traces are not among them. */
async function tagsOf(session: FoundSession): Promise<string[]> {
  if (session.tags.length === 0) return [];
  return ownTags(session, { tags: await allTags(session.id), metadata: {} });
}

/** Why something could not be done to a session, in words. */
export const reason = ({ error }: Failure<FoundSession>): string =>
  error instanceof Error && error.name === 'Error' ? error.message : sentences(error);
