import {
  listSearch,
  parseListState,
  rangeParams,
  chosenParams,
  DEFAULT_STATE,
  type ListState,
} from './listState';

import type { Params } from '../api/client';

// What is compared, as the address says it: two sessions (`a`, `b`), two releases (`release`, `baseRelease`), or two
// windows (`from`, `to`, `baseFrom`, `baseTo`). Filters are those of the list and hold for both sides.

export interface CompareState {
  by: 'windows' | 'releases';
  /** The side that is looked at; its filters are both sides'. */
  list: ListState;
  /** Another window than the one before; `null` for that. */
  base: { from: string; to: string } | null;
  baseRelease: string | null;
}

const isoOrNull = (text: string | null): string | null =>
  text === null || Number.isNaN(Date.parse(text)) ? null : new Date(text).toISOString();

export const releaseOf = ({ filters }: ListState): string | null => {
  const found = filters.find((filter) => filter.field === 'release');
  return found !== undefined && 'value' in found && typeof found.value === 'string' ? found.value : null;
};

export function parseCompare(search: string): CompareState {
  const query = new URLSearchParams(search);
  const list = parseListState(search);
  const by = query.get('by') === 'releases' || query.has('baseRelease') ? 'releases' : 'windows';
  const from = isoOrNull(query.get('baseFrom'));
  const to = isoOrNull(query.get('baseTo'));
  const isAll = list.range.kind === 'all' && by === 'windows';
  return {
    by,
    // All time has no period before it.
    list: isAll ? { ...list, range: { kind: 'last', preset: '7d' } } : list,
    base: by === 'windows' && from !== null && to !== null && from < to ? { from, to } : null,
    baseRelease: by === 'releases' ? query.get('baseRelease') || null : null,
  };
}

export function comparisonSearch({ by, list, base, baseRelease }: CompareState): string {
  const query = new URLSearchParams(listSearch({ ...list, sort: 'lastActivity', order: 'desc' }));
  if (by === 'releases') query.set('by', by);
  if (by === 'releases' && baseRelease !== null) query.set('baseRelease', baseRelease);
  if (by === 'windows' && base !== null) {
    query.set('baseFrom', base.from);
    query.set('baseTo', base.to);
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** Whether enough is known to ask: two releases have to be named. */
export const isComparable = ({ by, list, baseRelease }: CompareState): boolean =>
  by === 'windows' || (releaseOf(list) !== null && baseRelease !== null);

export function comparisonParams({ by, list, base, baseRelease }: CompareState, now: number): Params {
  const window = rangeParams(list.range, now);
  const isOpen = by === 'windows' && !window.some(([name]) => name === 'to');
  return [
    ...window,
    // The period before a running range is as long as what has passed of it.
    ...(isOpen ? [['to', new Date(now).toISOString()] as const] : []),
    ...chosenParams(list),
    ...(base === null
      ? []
      : ([
          ['baseFrom', base.from],
          ['baseTo', base.to],
        ] as const)),
    ...(by === 'releases' && baseRelease !== null ? [['baseRelease', baseRelease] as const] : []),
  ];
}

/** The sessions of one side: the same filters, with what this side has of its own. */
export function sidePath(
  { by, list }: CompareState,
  side: { from: string | null; to: string | null; release: string | null },
): string {
  const filters = list.filters.flatMap((filter) =>
    filter.field === 'release' && by === 'releases'
      ? side.release === null
        ? []
        : [{ field: 'release' as const, value: side.release }]
      : [filter],
  );
  const range: ListState['range'] =
    side.from === null && side.to === null
      ? DEFAULT_STATE.range
      : { kind: 'custom', from: side.from, to: side.to };
  return `/sessions${listSearch({ ...list, range, filters })}`;
}
