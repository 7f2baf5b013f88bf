import { listSearch, withFilter, type Filter, type ListState, type NumberField } from '../../state/listState';

// Which sessions stand behind a number of this page, as an address of the list.

export const GROUPINGS = ['model', 'user', 'tag', 'environment', 'release', 'goal'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface Bin {
  from: number;
  to: number | null;
}

export const sessionsPath = (state: ListState): string => `/sessions${listSearch(state)}`;

/** What one less than a bin's end is: bins leave their end out, the list's filters include it. */
const STEP: Record<NumberField, number> = { Cost: 1e-12, Tokens: 1, Traces: 1, Duration: 1 };

const written = (field: NumberField, value: number): number =>
  field === 'Cost' ? Number(value.toFixed(12)) : value;

/** The sessions of one bar, within what the state already asks of the same number. */
export function binPath(state: ListState, field: NumberField, { from, to }: Bin): string {
  const old = state.filters.find(
    (filter): filter is Extract<Filter, { min: number | null }> => filter.field === field,
  );
  const last = to === null ? null : written(field, to - STEP[field]);
  const max = [last, old?.max ?? null].filter((limit) => limit !== null);
  return sessionsPath(
    withFilter(state, {
      field,
      min: Math.max(from, old?.min ?? 0),
      max: max.length === 0 ? null : Math.min(...max),
    }),
  );
}

export const COST_GROUPINGS = [
  'model',
  'user',
  'traceName',
  'tool',
  'tag',
  'environment',
  'release',
] as const;
export type CostGrouping = (typeof COST_GROUPINGS)[number];

export const GROUP_WORDS: Record<Grouping | CostGrouping, string> = {
  model: 'model',
  user: 'user',
  traceName: 'trace name',
  tool: 'tool',
  tag: 'tag',
  environment: 'environment',
  release: 'release',
  goal: 'goal',
};

/** The sessions of a group; `null` where the list has no filter that chooses exactly them. */
export function groupState(
  state: ListState,
  grouping: Grouping | CostGrouping,
  key: string | null,
): ListState | null {
  // An empty value in an address is no filter, and no parameter asks for what has no value.
  if (key === null || key === '') return null;
  if (grouping === 'traceName') {
    if (state.filters.some(({ field }) => field === 'steps')) return null;
    return withFilter(state, { field: 'steps', params: [['hasStep', key]] });
  }
  const field = grouping === 'user' ? 'userId' : grouping;
  // A session may have two users or models, and the list can ask for one of them only.
  const taken = state.filters.some(
    (filter) =>
      filter.field === field &&
      field !== 'tag' &&
      field !== 'goal' &&
      'value' in filter &&
      filter.value !== key,
  );
  return taken ? null : withFilter(state, { field, value: key });
}

export function groupPath(
  state: ListState,
  grouping: Grouping | CostGrouping,
  key: string | null,
): string | null {
  const chosen = groupState(state, grouping, key);
  return chosen === null ? null : sessionsPath(chosen);
}
