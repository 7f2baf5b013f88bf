import type { Session } from '../../api/schema';
import type { Filter } from '../../state/listState';

function valuesOf(session: Session, field: Filter['field'], key?: string): (string | null)[] {
  switch (field) {
    case 'userId':
      return session.userIds;
    case 'tag':
      return session.tags;
    case 'model':
      return session.models.map(({ model }) => model);
    case 'goal':
      return session.goals;
    case 'tool':
      return session.tools.map(({ name }) => name);
    case 'outcome':
      return [session.outcome];
    case 'environment':
      return [session.environment];
    case 'release':
      return [session.release];
    case 'metadata': {
      if (key === undefined) return Object.keys(session.metadata);
      const value = session.metadata[key];
      return ['string', 'number', 'boolean'].includes(typeof value) ? [String(value)] : [];
    }
    default:
      return [];
  }
}

/** The values that the loaded sessions have, the frequent ones first. */
export function suggestions(sessions: readonly Session[], field: Filter['field'], key?: string): string[] {
  const counts = new Map<string, number>();
  for (const session of sessions) {
    for (const value of valuesOf(session, field, key)) {
      if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([value]) => value);
}
