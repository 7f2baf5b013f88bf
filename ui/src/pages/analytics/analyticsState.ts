import type { Params } from '../../api/client';
import { INTERVALS, type Interval } from '../../model/trends';
import { listSearch, type ListState } from '../../state/listState';

import { COST_GROUPINGS, GROUPINGS, type CostGrouping, type Grouping } from './doors';

// The address of the analytics: the list's filters, then how they are looked at.

export const STATISTICS = ['mean', 'p50', 'p90', 'p95'] as const;
export type Statistic = (typeof STATISTICS)[number];
export type View = 'sessions' | 'costs' | 'goals';

export interface SessionsLook {
  groupBy: Grouping;
  statistic: Statistic;
  /** `null`: as suits the range. */
  interval: Interval | null;
}

export interface CostsLook {
  groupBy: CostGrouping;
  measure: 'cost' | 'tokens';
  interval: Interval | null;
}

const oneOf = <T extends string>(options: readonly T[], text: string | null): T | null =>
  options.find((option) => option === text) ?? null;

export function parseSessionsLook(search: string): SessionsLook {
  const query = new URLSearchParams(search);
  return {
    groupBy: oneOf(GROUPINGS, query.get('groupBy')) ?? 'model',
    statistic: oneOf(STATISTICS, query.get('statistic')) ?? 'mean',
    interval: oneOf(INTERVALS, query.get('interval')),
  };
}

export function parseCostsLook(search: string): CostsLook {
  const query = new URLSearchParams(search);
  return {
    groupBy: oneOf(COST_GROUPINGS, query.get('groupBy')) ?? 'model',
    measure: query.get('measure') === 'tokens' ? 'tokens' : 'cost',
    interval: oneOf(INTERVALS, query.get('interval')),
  };
}

/** The goal that is edited: its number, `new`, or none. */
export function parseEdited(search: string): number | 'new' | null {
  const text = new URLSearchParams(search).get('edit');
  if (text === 'new') return 'new';
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

const PATHS: Record<View, string> = {
  sessions: '/analytics',
  costs: '/analytics/costs',
  goals: '/analytics/goals',
};

function address(view: View, state: ListState, more: Params = []): string {
  const query = new URLSearchParams(listSearch(state));
  for (const [name, value] of more) query.append(name, value);
  return `${PATHS[view]}${query.size === 0 ? '' : `?${query}`}`;
}

export const viewPath = address;

const unless = (name: string, value: string | null, usual: string | null): Params =>
  value === null || value === usual ? [] : [[name, value]];

export const sessionsLookPath = (state: ListState, { groupBy, statistic, interval }: SessionsLook): string =>
  address('sessions', state, [
    ...unless('groupBy', groupBy, 'model'),
    ...unless('statistic', statistic, 'mean'),
    ...unless('interval', interval, null),
  ]);

export const costsLookPath = (state: ListState, { groupBy, measure, interval }: CostsLook): string =>
  address('costs', state, [
    ...unless('groupBy', groupBy, 'model'),
    ...unless('measure', measure, 'cost'),
    ...unless('interval', interval, null),
  ]);

export const goalsPath = (state: ListState, edited: number | 'new' | null): string =>
  address('goals', state, unless('edit', edited === null ? null : String(edited), null));
