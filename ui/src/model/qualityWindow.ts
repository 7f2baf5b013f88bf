import { rangeParams, type Range } from '../state/listState';

import type { Params } from '../api/client';

/** The report on data quality covers no more than this. */
const MOST_MS = 31 * 86_400_000;

/** `from` and `to` of the report on a range at a moment: of a longer range its last 31 days. */
export function qualityWindow(range: Range, now: number): Params {
  const asked = new Map(rangeParams(range, now));
  const end = asked.get('to');
  const to = end === undefined ? now : Date.parse(end);
  const begin = asked.get('from');
  const from = Math.max(begin === undefined ? -Infinity : Date.parse(begin), to - MOST_MS);
  // With both ends given it holds whatever the server's clock says.
  return [
    ['from', new Date(Math.min(from, to)).toISOString()],
    ['to', new Date(to).toISOString()],
  ];
}
