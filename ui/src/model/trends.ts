import { dateFormat } from '../format/intl';
import { formatClock, formatDateTime, formatDay, localZone } from '../format/time';
import { withFilterText, type ListState, type Range } from '../state/listState';

// Figures over time: between which moments, how finely, what is drawn beside them, and which sessions stand behind a
// stretch of them.

export const INTERVALS = ['hour', 'day', 'week', 'month'] as const;
export type Interval = (typeof INTERVALS)[number];

const monthIn = dateFormat({ month: 'short', year: 'numeric' });
const weekdayIn = dateFormat({ weekday: 'short' });

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PRESETS = { '1h': HOUR, '24h': DAY, '7d': 7 * DAY, '30d': 30 * DAY } as const;

/** Two moments as ISO 8601; `null` where a side is open. */
export interface Window {
  from: string | null;
  to: string | null;
}

/** A range as of a moment. Unlike the list's, a running one ends now, so that there is a period before to compare with. */
export function windowOf(range: Range, now: number): Window {
  if (range.kind === 'all') return { from: null, to: null };
  if (range.kind === 'custom') return { from: range.from, to: range.to };
  return { from: new Date(now - PRESETS[range.preset]).toISOString(), to: new Date(now).toISOString() };
}

export const windowParams = ({ from, to }: Window): [string, string][] => [
  ...(from === null ? [] : [['from', from] as [string, string]]),
  ...(to === null ? [] : [['to', to] as [string, string]]),
];

/** The period of equal length before; `null` where a side is open. */
export function windowBefore({ from, to }: Window): Window | null {
  if (from === null || to === null) return null;
  const length = Date.parse(to) - Date.parse(from);
  return length <= 0 ? null : { from: new Date(Date.parse(from) - length).toISOString(), to: from };
}

/** About 12 to 100 intervals, so that a chart is neither a single bar nor a hedge. */
export function intervalOf(lengthMs: number): Interval {
  if (lengthMs <= 4 * DAY) return 'hour';
  if (lengthMs <= 100 * DAY) return 'day';
  return lengthMs <= 700 * DAY ? 'week' : 'month';
}

/** When intervals begin, and the window that they fill. */
export interface Slots {
  begins: readonly number[];
  window: Window;
}

/**
 * The sessions that stand in the intervals `a` to `b`: those that began in them, in the first interval also those that
 * began before the window. A time range chooses what overlaps it, so the beginning is asked for beside it.
 */
export function stretchState(state: ListState, { begins, window }: Slots, a: number, b: number): ListState {
  const first = Math.min(a, b);
  const last = Math.max(a, b);
  const begin = begins[first];
  const end = begins[last + 1];
  const from = first === 0 || begin === undefined ? window.from : new Date(begin).toISOString();
  const to = end === undefined ? window.to : new Date(end).toISOString();
  const range: Range = from === null && to === null ? { kind: 'all' } : { kind: 'custom', from, to };
  const chosen = { ...state, range };
  return first === 0 || from === null ? chosen : withFilterText(chosen, `startTime >= "${from}"`);
}

/** `10:00` and at midnight the day, `23 Nov`, `Nov 2026`: what stands under an axis. */
export function slotTick(at: number, interval: Interval, now: number, zone = localZone()): string {
  const clock = formatClock(at, zone).slice(0, 5);
  if (interval === 'hour' && clock !== '00:00') return clock;
  if (interval === 'month') return monthIn(zone).format(at);
  return formatDay(at, now, zone);
}

/** `23 Nov 10:00`, `Mon 23 Nov`, `Week from 23 Nov`, `Nov 2026`, as it is said. */
export function slotName(at: number, interval: Interval, now: number, zone = localZone()): string {
  if (interval === 'hour') return formatDateTime(at, now, zone);
  const tick = slotTick(at, interval, now, zone);
  if (interval === 'week') return `Week from ${tick}`;
  if (interval !== 'day') return tick;
  return `${weekdayIn(zone).format(at)} ${tick}`;
}

export interface Change {
  text: string;
  /** In which direction it went: 1, 0 or -1. */
  sign: number;
}

const sized = (n: number, unit: string): Change => ({
  text: n === 0 ? `±0${unit}` : `${n > 0 ? '+' : '-'}${Math.abs(n).toLocaleString('en-US')}${unit}`,
  sign: Math.sign(n),
});

/** `+12%` of the value before; a rate in points, since a percentage of a percentage misleads. `null`: nothing to compare with. */
export function changeOf(
  now: number | null,
  before: number | null | undefined,
  isRate = false,
): Change | null {
  if (now === null || before === null || before === undefined) return null;
  if (isRate) return sized(Number(((now - before) * 100).toFixed(1)), ' points');
  return before === 0 ? null : sized(Math.round((now / before - 1) * 100), '%');
}
