import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { meQuery } from '../api/queries';

// The sessions that this browser opened last, by project: their ids alone, since what they are called is the server's to say.

const MEMORY = 'threadline-recent';
const MOST = 8;

const keyOf = (project: string): string => `${MEMORY} ${project}`;

export function recentSessions(project: string): string[] {
  try {
    const kept: unknown = JSON.parse(window.localStorage.getItem(keyOf(project)) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string').slice(0, MOST) : [];
  } catch {
    return []; // The browser keeps nothing, or something else wrote there.
  }
}

export function rememberSession(project: string, id: string): void {
  try {
    const others = recentSessions(project).filter((other) => other !== id);
    window.localStorage.setItem(keyOf(project), JSON.stringify([id, ...others].slice(0, MOST)));
  } catch {
    // As above.
  }
}

/** Who signs out leaves nothing that says what was read. */
export function forgetSessions(): void {
  try {
    for (const key of Object.keys(window.localStorage))
      if (key.startsWith(`${MEMORY} `)) window.localStorage.removeItem(key);
  } catch {
    // As above.
  }
}

/** A session that was opened comes first among the recent ones. */
export function useRemembered(id: string | undefined): void {
  const client = useQueryClient();
  useEffect(() => {
    const project = client.getQueryData(meQuery.queryKey)?.project.id;
    // Who reads by a link has no project to come back to.
    if (id !== undefined && project !== undefined) rememberSession(String(project), id);
  }, [client, id]);
}
