import { formatDateTime } from '../format/time';
import { plural } from '../format/numbers';

import type { Range } from '../state/listState';

// The sessions of the list over time: how finely they are counted, the bars that are drawn, and what a stretch of them
// chooses.

export type Interval = 'hour' | 'day' | 'week' | 'month';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LENGTHS: Record<Interval, number> = { hour: HOUR, day: DAY, week: 7 * DAY, month: 31 * DAY };

/** All time in so few days is counted again, by hours. */
export const FEW_DAYS = 4;
const HOURS_UP_TO = 8 * DAY;

export function intervalFor(range: Range): Interval {
  if (range.kind === 'last') return range.preset === '30d' ? 'day' : 'hour';
  if (range.kind === 'all' || range.from === null || range.to === null) return 'day';
  return Date.parse(range.to) - Date.parse(range.from) <= HOURS_UP_TO ? 'hour' : 'day';
}

export interface TimeBar {
  /** Milliseconds since 1970; `to` is not part of it. */
  from: number;
  to: number;
  sessionCount: number;
  failedSessionCount: number;
}

interface Counted {
  time: string;
  totals: { sessionCount: number; failedSessionCount: number };
}

/** One bar for each interval, or for some side by side where there are more than `most`. */
export function barsOf(series: readonly Counted[], interval: Interval, most: number): TimeBar[] {
  const size = Math.ceil(series.length / most);
  const begins = series.map(({ time }) => Date.parse(time));
  const end = (at: number): number => begins[at] ?? (begins.at(-1) ?? 0) + LENGTHS[interval];
  const bars: TimeBar[] = [];
  for (let at = 0; at < series.length; at += size) {
    const part = series.slice(at, at + size);
    bars.push({
      from: end(at),
      to: end(at + size),
      sessionCount: part.reduce((sum, { totals }) => sum + totals.sessionCount, 0),
      failedSessionCount: part.reduce((sum, { totals }) => sum + totals.failedSessionCount, 0),
    });
  }
  return bars;
}

/** The range from one bar to another, whichever comes first. */
export function rangeOfBars(bars: readonly TimeBar[], a: number, b: number): Range | null {
  const first = bars[Math.min(a, b)];
  const last = bars[Math.max(a, b)];
  if (first === undefined || last === undefined) return null;
  return {
    kind: 'custom',
    from: new Date(first.from).toISOString(),
    to: new Date(last.to).toISOString(),
  };
}

/** `23 Nov 10:00 to 24 Nov 10:00: 12 sessions began, 2 with an error` */
export function barsSentence(
  bars: readonly TimeBar[],
  a: number,
  b: number,
  now: number,
  zone?: string,
): string {
  const chosen = bars.slice(Math.min(a, b), Math.max(a, b) + 1);
  const [first] = chosen;
  const last = chosen.at(-1);
  if (first === undefined || last === undefined) return '';
  const sum = (of: (bar: TimeBar) => number): number => chosen.reduce((total, bar) => total + of(bar), 0);
  const failed = sum((bar) => bar.failedSessionCount);
  const when = `${formatDateTime(first.from, now, zone)} to ${formatDateTime(last.to, now, zone)}`;
  const what = `${plural(
    sum((bar) => bar.sessionCount),
    'session',
  )} began`;
  return `${when}: ${what}${failed > 0 ? `, ${failed} with an error` : ''}`;
}
