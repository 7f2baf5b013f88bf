import { expect, it } from 'vitest';

import { layersOf, placesOfSpikes, stackedGroups } from './costSeries';

import type { CostAnalytics } from '../../api/schema';

const group = (totalCost: number, totalTokens: number, unpricedModels: string[] = []) => ({
  sessionCount: 1,
  traceCount: null,
  callCount: 1,
  errorCount: null,
  totalTokens,
  totalCost,
  unpricedModels,
  costShare: null,
  series: { totalTokens: [totalTokens], totalCost: [totalCost] },
});
const costs = {
  breakdown: {
    groupBy: 'model',
    overlapping: false,
    groups: [
      { key: 'dear', ...group(2, 10) },
      { key: 'nobodys', ...group(0, 20, ['nobodys']) },
      { key: 'free', ...group(0, 30) },
      { key: null, ...group(0, 40) },
    ],
    other: { groupCount: 3, ...group(1, 50, ['x']) },
  },
} as unknown as CostAnalytics;

it('a cost that is not known is no zero, and says why', () =>
  expect(stackedGroups(costs, 'model').map(({ name, cost }) => [name, cost.text, cost.title])).toEqual([
    ['dear', '$2.00', '$2.00'],
    ['nobodys', '-', 'No price for nobodys.'],
    ['free', '$0.00', '$0.00'],
    ['no model named', '-', 'The model of these calls is not known, so no price.'],
    ['3 more', '$1.00+', '$1.00, without x: no price known'],
  ]));

it('stacks what is measured', () => {
  const groups = stackedGroups(costs, 'model');
  expect(layersOf(groups, 'cost').map(({ values }) => values)).toEqual([[2], [0], [0], [0], [1]]);
  expect(layersOf(groups, 'tokens').map(({ values }) => values)).toEqual([[10], [20], [30], [40], [50]]);
});

it('a spike stands in the interval that holds the beginning of its day', () => {
  const begins = [0, 7, 14].map((day) => day * 86_400_000);
  const spike = (day: number) => ({ time: new Date(day * 86_400_000).toISOString() });
  expect([...placesOfSpikes(begins, [spike(0), spike(8), spike(20)])]).toEqual([0, 1, 2]);
  expect([...placesOfSpikes([86_400_000], [spike(0)])]).toEqual([]);
});
