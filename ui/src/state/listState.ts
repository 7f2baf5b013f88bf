import type { Params } from '../api/client';

// What the list shows, as its address says it. The names are those of the API, so the address of the page reads as
// the question behind it.

export const SORTS = [
  'lastActivity',
  'startTime',
  'duration',
  'activeDuration',
  'traceCount',
  'totalTokens',
  'totalCost',
  'errorCount',
] as const;
export type Sort = (typeof SORTS)[number];
export type Order = 'desc' | 'asc';

export const RANGES = ['1h', '24h', '7d', '30d'] as const;
export type Preset = (typeof RANGES)[number];
export type Range =
  | { kind: 'all' }
  | { kind: 'last'; preset: Preset }
  | { kind: 'custom'; from: string | null; to: string | null };

export const TEXT_FIELDS = [
  'userId',
  'model',
  'environment',
  'release',
  'tool',
  'outcome',
  'status',
] as const;
export type TextField = (typeof TEXT_FIELDS)[number];
export const NUMBER_FIELDS = ['Cost', 'Tokens', 'Traces', 'Duration'] as const;
export type NumberField = (typeof NUMBER_FIELDS)[number];

export const FLAG_FIELDS = ['hasError', 'bookmarked'] as const;
export type FlagField = (typeof FLAG_FIELDS)[number];

/** How sessions go from step to step, in the words of the API: one filter, however many parameters it takes. */
export const STEP_PARAMS = [
  'stepBy',
  'hasStep',
  'entryStep',
  'exitStep',
  'fromStep',
  'toStep',
  'path',
  'pathContinues',
  'pathCollapsed',
  'funnelStep',
  'funnelWithin',
  'funnelReached',
  'funnelStopped',
] as const;
export type StepParam = (typeof STEP_PARAMS)[number];

export type Filter =
  | { field: 'steps'; params: readonly (readonly [StepParam, string])[] }
  | { field: TextField; value: string }
  | { field: 'tag'; value: string }
  | { field: 'goal'; value: string }
  | { field: 'metadata'; key: string; value: string }
  | { field: FlagField; value: boolean }
  | { field: NumberField; min: number | null; max: number | null };

export interface ListState {
  range: Range;
  filters: Filter[];
  /** A filter expression; `''` for every session. */
  filter: string;
  /** Words that were said; `''` for any. */
  q: string;
  sort: Sort;
  order: Order;
}

export const DEFAULT_STATE: ListState = {
  range: { kind: 'all' },
  filters: [],
  filter: '',
  q: '',
  sort: 'lastActivity',
  order: 'desc',
};

const oneOf = <T extends string>(options: readonly T[], text: string | null): T | null =>
  options.find((option) => option === text) ?? null;

const isoOrNull = (text: string | null): string | null =>
  text === null || Number.isNaN(Date.parse(text)) ? null : new Date(text).toISOString();

function parseRange(query: URLSearchParams): Range {
  const preset = oneOf(RANGES, query.get('range'));
  if (preset !== null) return { kind: 'last', preset };
  const from = isoOrNull(query.get('from'));
  const to = isoOrNull(query.get('to'));
  return from === null && to === null ? { kind: 'all' } : { kind: 'custom', from, to };
}

function amount(text: string | null): number | null {
  if (text === null || text.trim() === '') return null;
  const n = Number(text);
  return Number.isFinite(n) && n >= 0 ? n : null;
}

function parseFilters(query: URLSearchParams): Filter[] {
  const filters: Filter[] = [];
  for (const [name, value] of query) {
    const field = oneOf(TEXT_FIELDS, name);
    if (value === '') continue;
    if (field !== null && !filters.some((filter) => filter.field === field)) filters.push({ field, value });
    if (name === 'tag' || name === 'goal') filters.push({ field: name, value });
    if (name.startsWith('metadata.') && name.length > 9)
      filters.push({ field: 'metadata', key: name.slice(9), value });
    const flag = oneOf(FLAG_FIELDS, name);
    if (flag !== null && (value === 'true' || value === 'false') && !filters.some((f) => f.field === flag))
      filters.push({ field: flag, value: value === 'true' });
  }
  const steps = [...query].flatMap(([name, value]) => {
    const known = oneOf(STEP_PARAMS, name);
    return known === null ? [] : [[known, value] as const];
  });
  if (steps.some(([name]) => name !== 'stepBy')) filters.push({ field: 'steps', params: steps });
  for (const field of NUMBER_FIELDS) {
    const min = amount(query.get(`min${field}`));
    const max = amount(query.get(`max${field}`));
    if (min !== null || max !== null) filters.push({ field, min, max });
  }
  return filters;
}

/** Reads the address; what it does not understand is left out. */
export function parseListState(search: string): ListState {
  const query = new URLSearchParams(search);
  return {
    range: parseRange(query),
    filters: parseFilters(query),
    filter: query.get('filter')?.trim() ?? '',
    q: query.get('q')?.trim() ?? '',
    sort: oneOf(SORTS, query.get('sort')) ?? DEFAULT_STATE.sort,
    order: oneOf(['desc', 'asc'] as const, query.get('order')) ?? DEFAULT_STATE.order,
  };
}

export function filterParams(filters: readonly Filter[]): Params {
  return filters.flatMap((filter): [string, string][] => {
    switch (filter.field) {
      case 'steps':
        return filter.params.map(([name, value]) => [name, value]);
      case 'metadata':
        return [[`metadata.${filter.key}`, filter.value]];
      case 'hasError':
      case 'bookmarked':
        return [[filter.field, String(filter.value)]];
      case 'Cost':
      case 'Tokens':
      case 'Traces':
      case 'Duration':
        return [
          ...(filter.min === null ? [] : [[`min${filter.field}`, String(filter.min)] as [string, string]]),
          ...(filter.max === null ? [] : [[`max${filter.field}`, String(filter.max)] as [string, string]]),
        ];
      default:
        return [[filter.field, filter.value]];
    }
  });
}

/** What chooses sessions beside the time range, under the names of the API. */
export const chosenParams = ({ filters, filter, q }: Pick<ListState, 'filters' | 'filter' | 'q'>): Params => [
  ...filterParams(filters),
  ...(filter === '' ? [] : [['filter', filter] as const]),
  ...(q === '' ? [] : [['q', q] as const]),
];

/** Whether anything but the time range narrows the list. */
export const isNarrowed = (state: ListState): boolean => chosenParams(state).length > 0;

/** The address of a state: `''` for the default, else `?...`, so that equal states have equal addresses. */
export function listSearch(state: ListState): string {
  const query = new URLSearchParams();
  if (state.range.kind === 'last') query.set('range', state.range.preset);
  if (state.range.kind === 'custom') {
    if (state.range.from !== null) query.set('from', state.range.from);
    if (state.range.to !== null) query.set('to', state.range.to);
  }
  for (const [name, value] of chosenParams(state)) query.append(name, value);
  if (state.sort !== DEFAULT_STATE.sort) query.set('sort', state.sort);
  if (state.order !== DEFAULT_STATE.order) query.set('order', state.order);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

const LENGTHS: Record<Preset, number> = {
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
};

/** `from` and `to` of a range at a moment. A running range has no end: what arrives next belongs to it. */
export function rangeParams(range: Range, now: number): Params {
  if (range.kind === 'all') return [];
  if (range.kind === 'last') return [['from', new Date(now - LENGTHS[range.preset]).toISOString()]];
  return [
    ...(range.from === null ? [] : [['from', range.from] as const]),
    ...(range.to === null ? [] : [['to', range.to] as const]),
  ];
}

/** All that chooses sessions, time range and the rest, as of a moment. */
export const askedParams = (state: ListState, now: number): Params => [
  ...rangeParams(state.range, now),
  ...chosenParams(state),
];

/** The filter that a new one takes the place of: tags, goals and metadata keys stand beside each other, the rest is single. */
function replaces(added: Filter, old: Filter): boolean {
  if (added.field !== old.field) return false;
  if (added.field === 'tag' || added.field === 'goal') return 'value' in old && old.value === added.value;
  if (added.field === 'metadata') return old.field === 'metadata' && old.key === added.key;
  return true;
}

export function withFilter(state: ListState, filter: Filter): ListState {
  const at = state.filters.findIndex((old) => replaces(filter, old));
  const filters = at < 0 ? [...state.filters, filter] : state.filters.with(at, filter);
  return { ...state, filters };
}

/** A further condition of the filter expression, beside what it asks already. */
export function withFilterText(state: ListState, text: string): ListState {
  return { ...state, filter: state.filter === '' ? text : `(${state.filter}) and ${text}` };
}

export function withoutFilter(state: ListState, filter: Filter): ListState {
  return { ...state, filters: state.filters.filter((old) => old !== filter) };
}

/** A click on a column: downwards first, then upwards. */
export function withSort(state: ListState, sort: Sort): ListState {
  return { ...state, sort, order: state.sort === sort && state.order === 'desc' ? 'asc' : 'desc' };
}
