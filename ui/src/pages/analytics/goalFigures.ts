import { exactDuration, formatDuration } from '../../format/duration';
import { figure, unknown, type Figure } from '../../format/figure';
import { exactCost, formatCost } from '../../format/money';
import { formatCount, formatMean, plural } from '../../format/numbers';

import type { GoalPreview } from '../../api/schema';

/** How many reached a goal, and what it took: the same of a saved one and of one that is not. */
export type Effect = Omit<GoalPreview, 'from' | 'to'>;

export const notReached = ({ closed, reached }: Effect): number => closed - reached;

export function rateFigure({ rate, reached, closed, open }: Effect): Figure {
  if (rate === null) return unknown('No session of these is over yet.');
  return figure(
    `${Number((rate * 100).toFixed(1))}%`,
    `${formatCount(reached)} of ${plural(closed, 'closed session')}; ${formatCount(open)} still open`,
  );
}

type Levels = Effect['turns'];

function level(
  { p50, p90 }: Levels,
  effect: Effect,
  short: (n: number) => string,
  exact: (n: number) => string,
): Figure {
  if (p50 === null)
    return unknown(
      effect.reached === 0
        ? 'No session reached it.'
        : 'It was said of these sessions as a whole, at no known moment.',
    );
  return figure(short(p50), `median ${exact(p50)}${p90 === null ? '' : `, p90 ${exact(p90)}`}`);
}

const turns = (n: number): string => `${formatMean(n)} ${n === 1 ? 'turn' : 'turns'}`;

export const paceFigures = (effect: Effect): { turns: Figure; time: Figure; cost: Figure } => ({
  turns: level(effect.turns, effect, turns, turns),
  time: level(
    effect.duration,
    effect,
    (ms) => formatDuration(Math.round(ms)),
    (ms) => exactDuration(Math.round(ms)),
  ),
  cost: level(effect.totalCost, effect, formatCost, exactCost),
});
