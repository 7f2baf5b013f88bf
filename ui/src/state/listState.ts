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

export const TEXT_FIELDS = ['userId', 'model', 'environment', 'release'] as const;
export type TextField = (typeof TEXT_FIELDS)[number];
export const NUMBER_FIELDS = ['Cost', 'Tokens', 'Traces', 'Duration'] as const;
export type NumberField = (typeof NUMBER_FIELDS)[number];

export type Filter =
  | { field: TextField; value: string }
  | { field: 'tag'; value: string }
  | { field: 'metadata'; key: string; value: string }
  | { field: 'hasError'; value: boolean }
  | { field: NumberField; min: number | null; max: number | null };

export interface ListState {
  range: Range;
  filters: Filter[];
  sort: Sort;
  order: Order;
}

export const DEFAULT_STATE: ListState = {
  range: { kind: 'all' },
  filters: [],
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
    if (name === 'tag') filters.push({ field: 'tag', value });
    if (name.startsWith('metadata.') && name.length > 9)
      filters.push({ field: 'metadata', key: name.slice(9), value });
    if (name === 'hasError' && (value === 'true' || value === 'false')) {
      filters.push({ field: 'hasError', value: value === 'true' });
    }
  }
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
    sort: oneOf(SORTS, query.get('sort')) ?? DEFAULT_STATE.sort,
    order: oneOf(['desc', 'asc'] as const, query.get('order')) ?? DEFAULT_STATE.order,
  };
}

export function filterParams(filters: readonly Filter[]): Params {
  return filters.flatMap((filter): [string, string][] => {
    switch (filter.field) {
      case 'metadata':
        return [[`metadata.${filter.key}`, filter.value]];
      case 'hasError':
        return [['hasError', String(filter.value)]];
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

/** The address of a state: `''` for the default, else `?...`, so that equal states have equal addresses. */
export function listSearch(state: ListState): string {
  const query = new URLSearchParams();
  if (state.range.kind === 'last') query.set('range', state.range.preset);
  if (state.range.kind === 'custom') {
    if (state.range.from !== null) query.set('from', state.range.from);
    if (state.range.to !== null) query.set('to', state.range.to);
  }
  for (const [name, value] of filterParams(state.filters)) query.append(name, value);
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

/** The filter that a new one takes the place of: tags and metadata keys stand beside each other, the rest is single. */
function replaces(added: Filter, old: Filter): boolean {
  if (added.field !== old.field) return false;
  if (added.field === 'tag') return old.field === 'tag' && old.value === added.value;
  if (added.field === 'metadata') return old.field === 'metadata' && old.key === added.key;
  return true;
}

export function withFilter(state: ListState, filter: Filter): ListState {
  const at = state.filters.findIndex((old) => replaces(filter, old));
  const filters = at < 0 ? [...state.filters, filter] : state.filters.with(at, filter);
  return { ...state, filters };
}

export function withoutFilter(state: ListState, filter: Filter): ListState {
  return { ...state, filters: state.filters.filter((old) => old !== filter) };
}

/** A click on a column: downwards first, then upwards. */
export function withSort(state: ListState, sort: Sort): ListState {
  return { ...state, sort, order: state.sort === sort && state.order === 'desc' ? 'asc' : 'desc' };
}
