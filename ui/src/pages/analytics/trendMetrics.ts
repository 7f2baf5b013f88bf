import { exactDuration, formatDuration } from '../../format/duration';
import { exactCost, formatCost, roundCost } from '../../format/money';
import {
  formatCompact,
  formatCount,
  formatMean,
  formatTokens,
  exactNumber,
  plural,
} from '../../format/numbers';
import { costFigure, someModels } from '../../model/totals';
import { withFilter, type ListState } from '../../state/listState';

import type { SessionAnalytics } from '../../api/schema';
import type { AxisUnit } from '../../model/axis';
import type { Statistic } from './analyticsState';

/** What is told of an interval, and of a whole window. */
export type Figures = Omit<SessionAnalytics['series'][number], 'time'>;

export interface TrendMetric {
  key: string;
  title: string;
  unit: AxisUnit;
  /** Whether sessions are counted; all else is a value of theirs. */
  isCount?: boolean;
  /** A share of sessions; its change is told in points. */
  isRate?: boolean;
  /** Whether it is of each session, so that a statistic of it is shown. */
  isPerSession?: boolean;
  of: (figures: Figures, statistic: Statistic) => number | null;
  axis: (value: number) => string;
  short: (value: number) => string;
  exact: (value: number) => string;
  /** What else there is to know of a value. */
  detail?: (figures: Figures) => string;
  /** Why there is none. */
  reason: (figures: Figures) => string;
  /** Which of the sessions of an interval are behind the value; all of them unless given. */
  narrow?: (state: ListState) => ListState;
  /** Whether anything is behind it. */
  holds?: (figures: Figures) => boolean;
}

const ms = (format: (n: number) => string) => (value: number) => format(Math.round(value));
const percent = (rate: number): string => `${Number((rate * 100).toFixed(1))}%`;
const roundDuration = (n: number): string => (n === 0 ? '0' : formatDuration(n).replace(/ 00[smh]$/, ''));
const NONE = () => 'No session, so no value.';

const perSession = (name: keyof Figures['perSession']) => (figures: Figures, statistic: Statistic) =>
  figures.perSession[name][statistic];

export const TRENDS: readonly TrendMetric[] = [
  {
    key: 'sessions',
    title: 'Sessions',
    unit: 'whole',
    isCount: true,
    of: ({ totals }) => totals.sessionCount,
    axis: formatCompact,
    short: formatCount,
    exact: (n) => plural(n, 'session'),
    reason: NONE,
  },
  {
    key: 'turns',
    title: 'Turns per session',
    unit: 'number',
    isPerSession: true,
    of: perSession('traceCount'),
    axis: formatMean,
    short: formatMean,
    exact: exactNumber('turn'),
    reason: NONE,
  },
  {
    key: 'duration',
    title: 'Duration',
    unit: 'duration',
    isPerSession: true,
    of: perSession('duration'),
    axis: roundDuration,
    short: ms(formatDuration),
    exact: ms(exactDuration),
    reason: NONE,
  },
  {
    key: 'activeDuration',
    title: 'Active duration',
    unit: 'duration',
    isPerSession: true,
    of: perSession('activeDuration'),
    axis: roundDuration,
    short: ms(formatDuration),
    exact: ms(exactDuration),
    reason: NONE,
  },
  {
    key: 'cost',
    title: 'Cost per session',
    unit: 'number',
    isPerSession: true,
    of: (figures, statistic) =>
      costFigure(figures.totals).known ? figures.perSession.totalCost[statistic] : null,
    axis: roundCost,
    short: formatCost,
    exact: exactCost,
    detail: ({ totals }) =>
      totals.unpricedModels.length > 0 ? `without ${someModels(totals.unpricedModels)}: no price known` : '',
    reason: (figures) => (figures.totals.sessionCount === 0 ? NONE() : costFigure(figures.totals).title),
  },
  {
    key: 'tokens',
    title: 'Tokens per session',
    unit: 'number',
    isPerSession: true,
    of: perSession('totalTokens'),
    axis: formatTokens,
    short: (n) => formatTokens(Math.round(n)),
    exact: exactNumber('token'),
    reason: NONE,
  },
  {
    key: 'errorRate',
    title: 'Error rate',
    unit: 'number',
    isRate: true,
    of: ({ errorRate }) => errorRate,
    axis: percent,
    short: percent,
    exact: percent,
    detail: ({ totals }) =>
      `${formatCount(totals.failedSessionCount)} of ${plural(totals.sessionCount, 'session')} had an error`,
    reason: NONE,
    narrow: (state) => withFilter(state, { field: 'hasError', value: true }),
    holds: ({ totals }) => totals.failedSessionCount > 0,
  },
  {
    key: 'completionRate',
    title: 'Completion rate',
    unit: 'number',
    isRate: true,
    of: ({ completion }) => completion.rate,
    axis: percent,
    short: percent,
    exact: percent,
    detail: ({ completion: { reached, closed, open } }) =>
      `${formatCount(reached)} of ${plural(closed, 'closed session')} reached a goal; ${formatCount(open)} still open`,
    reason: () => 'No goal is defined, or no session is over yet.',
  },
];
