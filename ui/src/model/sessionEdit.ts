import type { Session, SessionPatch } from '../api/schema';

/** What the traces themselves say, under what a caller of the API says of the session. */
export interface FromTraces {
  tags: readonly string[];
  metadata: Readonly<Record<string, unknown>>;
}

type TraceFacts = { tags: readonly string[]; metadata: Record<string, unknown> };

/** Merged as the server does it: `traces` in time order, the newer winning per key. */
export function factsOfTraces(traces: readonly TraceFacts[]): FromTraces {
  const tags = new Set<string>();
  const metadata: Record<string, unknown> = {};
  for (const trace of traces) {
    for (const tag of trace.tags) tags.add(tag);
    Object.assign(metadata, trace.metadata);
  }
  return { tags: [...tags], metadata };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const has = (record: object, key: string): boolean => Object.hasOwn(record, key);

/** The caller's own tags: a tag that a trace carries too need not be among them to be shown. */
export const ownTags = (session: Pick<Session, 'tags'>, { tags }: FromTraces): string[] =>
  session.tags.filter((tag) => !tags.includes(tag));

/** Whether the value of a key was said by a caller of the API, so that it can be taken back. */
export function isOwnMetadata(session: Pick<Session, 'metadata'>, key: string, from: FromTraces): boolean {
  if (!has(session.metadata, key)) return false;
  return !has(from.metadata, key) || !same(session.metadata[key], from.metadata[key]);
}

const text = (value: string | null): string | null => value?.trim() || null;

/** The session as it will be; `now` is when it ended, if that is what is said. */
export function applyPatch<S extends Session>(
  session: S,
  patch: SessionPatch,
  from: FromTraces,
  now: string,
): S {
  const next = { ...session };
  if (patch.title !== undefined) next.title = text(patch.title);
  if (patch.outcome !== undefined) next.outcome = text(patch.outcome);
  if (patch.bookmarked !== undefined) next.bookmarked = patch.bookmarked === true;
  if (patch.tags !== undefined) next.tags = [...new Set([...from.tags, ...(patch.tags ?? [])])].sort();
  if (patch.ended !== undefined) {
    next.endedAt = patch.ended === true ? now : typeof patch.ended === 'string' ? patch.ended : null;
  }
  if (patch.metadata !== undefined) {
    const changes = Object.entries(patch.metadata ?? {});
    next.metadata = { ...session.metadata };
    for (const [key, value] of changes) {
      if (value !== null) next.metadata[key] = value;
      else if (has(from.metadata, key)) next.metadata[key] = from.metadata[key];
      else next.metadata = Object.fromEntries(Object.entries(next.metadata).filter(([name]) => name !== key));
    }
  }
  return next;
}

/** What undoes a patch: the same fields with what the caller had said before. */
export function undoPatch(session: Session, patch: SessionPatch, from: FromTraces): SessionPatch {
  const undo: SessionPatch = {};
  if (patch.title !== undefined) undo.title = session.title;
  if (patch.outcome !== undefined) undo.outcome = session.outcome;
  if (patch.bookmarked !== undefined) undo.bookmarked = session.bookmarked;
  if (patch.tags !== undefined) undo.tags = ownTags(session, from);
  if (patch.ended !== undefined) undo.ended = session.endedAt;
  if (patch.metadata !== undefined) {
    const keys = Object.keys(patch.metadata ?? {});
    undo.metadata = Object.fromEntries(
      keys.map((key) => [key, isOwnMetadata(session, key, from) ? session.metadata[key] : null]),
    );
  }
  return undo;
}

/** What somebody typed as a value of metadata: JSON where it is a number, yes or no, an object or a list. */
export function metadataValue(typed: string): unknown {
  const trimmed = typed.trim();
  if (!/^(-?\d|true$|false$|[[{"])/.test(trimmed)) return typed;
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    return typed;
  }
}

/** What somebody typed as a score: a number, yes or no, or the name of a category. */
export function scoreValue(typed: string): number | boolean | string {
  const trimmed = typed.trim();
  const word = trimmed.toLowerCase();
  if (word === 'true' || word === 'yes') return true;
  if (word === 'false' || word === 'no') return false;
  const number = Number(trimmed);
  return trimmed !== '' && Number.isFinite(number) ? number : trimmed;
}
