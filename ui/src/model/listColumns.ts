import type { Sort } from '../state/listState';

// The columns of the session list as data: what can be shown, how wide it is, and what is shown unless said otherwise.

export interface ColumnFacts {
  label: string;
  /** Pixels; the title takes what is left. */
  width: number;
  /** What the server sorts by; a column without it does not sort. */
  sort?: Sort;
  isNumber?: boolean;
  tip?: string;
  /** Shown unless somebody chose, from this width of the table on (pixels). */
  usualFrom?: number;
}

export const COLUMNS = {
  bookmarked: { label: 'Bookmark', width: 22, usualFrom: 0 },
  session: { label: 'Session', width: 240, usualFrom: 0 },
  user: { label: 'User', width: 104, usualFrom: 0 },
  traceCount: { label: 'Turns', width: 48, sort: 'traceCount', isNumber: true, usualFrom: 0 },
  duration: {
    label: 'Duration',
    width: 76,
    sort: 'duration',
    isNumber: true,
    tip: 'From the first to the last activity',
    usualFrom: 0,
  },
  activeDuration: {
    label: 'Active',
    width: 76,
    sort: 'activeDuration',
    isNumber: true,
    tip: 'Without the long waits in between',
    usualFrom: 1000,
  },
  totalTokens: { label: 'Tokens', width: 60, sort: 'totalTokens', isNumber: true, usualFrom: 640 },
  totalCost: { label: 'Cost', width: 86, sort: 'totalCost', isNumber: true, usualFrom: 0 },
  errorCount: {
    label: 'Errors',
    width: 48,
    sort: 'errorCount',
    isNumber: true,
    tip: 'Turns that ended in an error',
    usualFrom: 0,
  },
  startTime: { label: 'Started', width: 88, sort: 'startTime', isNumber: true, usualFrom: 1080 },
  lastActivity: {
    label: 'Last activity',
    width: 98,
    sort: 'lastActivity',
    isNumber: true,
    usualFrom: 0,
  },
  status: { label: 'Status', width: 64 },
  outcome: { label: 'Outcome', width: 104 },
  goals: { label: 'Goals', width: 120, tip: 'Goals that it reached' },
  scores: { label: 'Scores', width: 140 },
  tags: { label: 'Tags', width: 140 },
  models: { label: 'Models', width: 140 },
  tools: { label: 'Tools', width: 140 },
  environment: { label: 'Environment', width: 96 },
  release: { label: 'Release', width: 80 },
  metadata: { label: 'Metadata', width: 180 },
  commentCount: { label: 'Comments', width: 72, isNumber: true },
  spanCount: { label: 'Steps', width: 56, isNumber: true, tip: 'Spans of all its turns' },
  generationCount: { label: 'Model calls', width: 80, isNumber: true },
  toolCount: { label: 'Tool calls', width: 72, isNumber: true },
  promptTokens: { label: 'Prompt', width: 64, isNumber: true, tip: 'Prompt tokens, cached ones included' },
  completionTokens: {
    label: 'Completion',
    width: 80,
    isNumber: true,
    tip: 'Completion tokens, reasoning included',
  },
  cachedTokens: { label: 'Cached', width: 64, isNumber: true, tip: 'Prompt tokens read from a cache' },
  reasoningTokens: { label: 'Reasoning', width: 76, isNumber: true, tip: 'Reasoning tokens' },
  segments: {
    label: 'Segments',
    width: 70,
    isNumber: true,
    tip: 'Stretches of activity between the long waits',
  },
  endedAt: { label: 'Ended', width: 88, isNumber: true, tip: 'When its caller said that it is over' },
  lastOutput: { label: 'Last output', width: 220 },
  id: { label: 'Session id', width: 160 },
} as const satisfies Record<string, ColumnFacts>;

export type ColumnId = keyof typeof COLUMNS;

export const COLUMN_IDS = Object.keys(COLUMNS) as ColumnId[];

export const columnFacts = (id: ColumnId): ColumnFacts => COLUMNS[id];

/** What a table of this width shows when nobody chose; the title has at least its own width. */
export const usualColumns = (width: number): ColumnId[] =>
  COLUMN_IDS.filter((id) => (columnFacts(id).usualFrom ?? Infinity) <= width);

/** A choice as it was written in an address, a view or the browser's memory; `null` where it names no column. */
export function readColumns(names: readonly string[]): ColumnId[] | null {
  const chosen = COLUMN_IDS.filter((id) => names.includes(id));
  chosen.sort((a, b) => names.indexOf(a) - names.indexOf(b));
  if (chosen.length === 0) return null;
  // Without its title a row could not be opened.
  return chosen.includes('session') ? chosen : ['session', ...chosen];
}

const USUAL = usualColumns(Infinity);

/** The choice as it is kept: what is shown anyway is no choice. */
export const keptColumns = (chosen: readonly ColumnId[]): ColumnId[] | null =>
  chosen.length === USUAL.length && chosen.every((id, i) => id === USUAL[i]) ? null : [...chosen];

export function withColumn(chosen: readonly ColumnId[], id: ColumnId, isShown: boolean): ColumnId[] {
  if (!isShown) return chosen.filter((other) => other !== id || id === 'session');
  return chosen.includes(id) ? [...chosen] : [...chosen, id];
}

/** The column taken to another place in the order. */
export function moveColumn(chosen: readonly ColumnId[], id: ColumnId, to: number): ColumnId[] {
  const rest = chosen.filter((other) => other !== id);
  if (rest.length === chosen.length) return [...chosen];
  const place = Math.min(Math.max(to, 0), rest.length);
  return [...rest.slice(0, place), id, ...rest.slice(place)];
}

const GAP = 12;
const PADDING = 40;
export const SELECT_WIDTH = 16;

/** The grid of the table's rows, and the width below which it scrolls sideways. */
export function grid(chosen: readonly ColumnId[]): { template: string; least: number } {
  const tracks = chosen.map((id) =>
    id === 'session' ? `minmax(${COLUMNS.session.width}px, 1fr)` : `${columnFacts(id).width}px`,
  );
  const widths = chosen.reduce((sum, id) => sum + columnFacts(id).width, SELECT_WIDTH);
  return {
    template: [`${SELECT_WIDTH}px`, ...tracks].join(' '),
    least: widths + GAP * chosen.length + PADDING,
  };
}
