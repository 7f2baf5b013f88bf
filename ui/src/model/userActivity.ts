import { listSearch, type ListState } from '../state/listState';

import type { SessionAnalytics } from '../api/schema';

// What somebody did over time: one bar for each interval, with the sessions that began in it.

export interface ActivityBar {
  from: string;
  /** The beginning of the next bar; `null` for the last. */
  to: string | null;
  sessionCount: number;
  failedSessionCount: number;
  traceCount: number;
  totalCost: number;
}

type Counted = Pick<SessionAnalytics['series'][number], 'time'> & {
  totals: Pick<
    SessionAnalytics['totals'],
    'sessionCount' | 'failedSessionCount' | 'traceCount' | 'totalCost'
  >;
};

/** Intervals side by side in one bar where there are more than `most`. */
export function activityBars(series: readonly Counted[], most: number): ActivityBar[] {
  const size = Math.max(1, Math.ceil(series.length / most));
  const bars: ActivityBar[] = [];
  for (let at = 0; at < series.length; at += size) {
    const part = series.slice(at, at + size);
    const sum = (of: (totals: Counted['totals']) => number): number =>
      part.reduce((total, { totals }) => total + of(totals), 0);
    bars.push({
      from: part[0]?.time ?? '',
      to: series[at + size]?.time ?? null,
      sessionCount: sum((totals) => totals.sessionCount),
      failedSessionCount: sum((totals) => totals.failedSessionCount),
      traceCount: sum((totals) => totals.traceCount),
      totalCost: sum((totals) => totals.totalCost),
    });
  }
  return bars;
}

/**
 * The list of the sessions in a bar. The first bar also has those that began before the window and the last one goes
 * on to its end, so that each session of the page is behind exactly one bar.
 */
export function barPath(state: ListState, bars: readonly ActivityBar[], at: number): string {
  const bar = bars[at];
  const begun = [
    ...(at > 0 && bar !== undefined ? [`startTime >= ${JSON.stringify(bar.from)}`] : []),
    ...(bar?.to ? [`startTime < ${JSON.stringify(bar.to)}`] : []),
  ].join(' and ');
  return `/sessions${listSearch({ ...state, filter: bothFilters(state.filter, begun) })}`;
}

/** Two filter expressions that must both hold; either may be empty. */
export function bothFilters(a: string, b: string): string {
  if (a === '' || b === '') return a + b;
  return `(${a}) and (${b})`;
}
