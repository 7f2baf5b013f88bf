import { exactDuration, formatDuration } from '../../format/duration';
import { exactCost, formatCost } from '../../format/money';
import { formatMean, formatTokens, exactNumber } from '../../format/numbers';

import type { SessionAnalytics } from '../../api/schema';
import type { NumberField } from '../../state/listState';

export interface Metric {
  key: keyof SessionAnalytics['perSession'];
  title: string;
  short: (value: number) => string;
  exact: (value: number) => string;
  /** The list's filter on the same number; `null` while it has none. */
  field: NumberField | null;
}

const wholeMs = (format: (ms: number) => string) => (ms: number) => format(Math.round(ms));

export const METRICS: readonly Metric[] = [
  {
    key: 'traceCount',
    title: 'Turns per session',
    short: formatMean,
    exact: exactNumber('turn'),
    field: 'Traces',
  },
  {
    key: 'duration',
    title: 'Duration',
    short: wholeMs(formatDuration),
    exact: wholeMs(exactDuration),
    field: 'Duration',
  },
  {
    key: 'activeDuration',
    title: 'Active duration',
    short: wholeMs(formatDuration),
    exact: wholeMs(exactDuration),
    field: null,
  },
  {
    key: 'totalTokens',
    title: 'Tokens per session',
    short: (value) => formatTokens(Math.round(value)),
    exact: exactNumber('token'),
    field: 'Tokens',
  },
  { key: 'totalCost', title: 'Cost per session', short: formatCost, exact: exactCost, field: 'Cost' },
];
