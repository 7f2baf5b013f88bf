import { listSearch, parseListState, rangeParams, DEFAULT_STATE, type Range } from '../state/listState';

import { ACTIONS } from './auditSentence';

import type { Params } from '../api/client';
import type { ActorKind, AuditAction } from '../api/schema';

/** Which events of the audit log are shown; it stands in the address. */
export interface AuditChoice {
  action: AuditAction | null;
  actor: ActorKind | null;
  /** A part of the name of who did it. */
  name: string;
  range: Range;
}

export const ACTORS: Record<ActorKind, string> = {
  account: 'People',
  key: 'API keys',
  command: 'Commands on the server',
  link: 'The sign-in link',
  nobody: 'Anybody, without signing in',
};

const isOf = <K extends string>(words: Record<K, unknown>, name: string | null): name is K =>
  name !== null && Object.hasOwn(words, name);

export function choiceOf(search: string): AuditChoice {
  const query = new URLSearchParams(search);
  const action = query.get('action');
  const actor = query.get('actor');
  return {
    action: isOf(ACTIONS, action) ? action : null,
    actor: isOf(ACTORS, actor) ? actor : null,
    name: query.get('name')?.trim() ?? '',
    range: parseListState(search).range,
  };
}

export function auditSearch({ action, actor, name, range }: AuditChoice): string {
  const query = new URLSearchParams(listSearch({ ...DEFAULT_STATE, range }));
  if (action !== null) query.set('action', action);
  if (actor !== null) query.set('actor', actor);
  if (name !== '') query.set('name', name);
  return query.size === 0 ? '' : `?${query}`;
}

export function auditParams({ action, actor, name, range }: AuditChoice, now: number): Params {
  return [
    ...(action === null ? [] : [['action', action] as const]),
    ...(actor === null ? [] : [['actor', actor] as const]),
    ...(name === '' ? [] : [['actorName', name] as const]),
    ...rangeParams(range, now),
  ];
}
