import type { FoundSession, Session } from '../api/schema';
import type { Sort } from '../state/listState';

// What arrives while a list is read. Rows change where they stand; what would push them aside waits.

export type LiveEvent =
  | { kind: 'session.started' | 'session.updated' | 'session.idle' | 'session.ended'; session: Session }
  | { kind: 'session.removed'; id: string };

export interface Arrivals {
  /** Sessions that would stand among those that are loaded, and whether they began since the list was read. */
  waiting: ReadonlyMap<string, { isNew: boolean }>;
  gone: ReadonlySet<string>;
}

export const NO_ARRIVALS: Arrivals = { waiting: new Map(), gone: new Set() };

export interface Question {
  sort: Sort;
  order: 'asc' | 'desc';
  /** Whether the list goes on below the rows that are loaded. */
  hasMore: boolean;
}

const sortValue = (session: Session, sort: Sort): number => {
  if (sort === 'lastActivity') return Date.parse(session.endTime);
  if (sort === 'startTime') return Date.parse(session.startTime);
  return session[sort];
};

/** Whether a session would stand above the last of the rows that are loaded. */
export function isAmong(
  session: Session,
  rows: readonly Session[],
  { sort, order, hasMore }: Question,
): boolean {
  const last = rows.at(-1);
  if (!hasMore || last === undefined) return true;
  const by = sortValue(session, sort) - sortValue(last, sort);
  return order === 'desc' ? by > 0 : by < 0;
}

export interface Heard {
  rows: FoundSession[];
  arrivals: Arrivals;
  hasChanged: boolean;
}

export function hear(
  rows: readonly FoundSession[],
  arrivals: Arrivals,
  events: readonly LiveEvent[],
  question: Question,
): Heard {
  const places = new Map(rows.map(({ id }, place) => [id, place]));
  const next = [...rows];
  const waiting = new Map(arrivals.waiting);
  const gone = new Set(arrivals.gone);
  let hasChanged = false;
  for (const event of events) {
    if (event.kind === 'session.removed') {
      waiting.delete(event.id);
      if (places.has(event.id)) gone.add(event.id);
      continue;
    }
    const { session, kind } = event;
    const place = places.get(session.id);
    if (place === undefined) {
      const isNew = kind === 'session.started' || waiting.get(session.id)?.isNew === true;
      if (isAmong(session, rows, question)) waiting.set(session.id, { isNew });
      continue;
    }
    gone.delete(session.id);
    hasChanged = true;
    const match = next[place]?.match;
    next[place] = match === undefined ? session : { ...session, match };
  }
  return { rows: next, arrivals: { waiting, gone }, hasChanged };
}

/** `4 new sessions`, `3 new or changed sessions`; `''` where nothing waits. */
export function arrivalsSentence({ waiting }: Arrivals): string {
  const count = waiting.size;
  if (count === 0) return '';
  const allNew = [...waiting.values()].every(({ isNew }) => isNew);
  return `${count} ${allNew ? 'new' : 'new or changed'} ${count === 1 ? 'session' : 'sessions'}`;
}
