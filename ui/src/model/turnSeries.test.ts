import { describe, expect, it } from 'vitest';

import { axisMarks, binName, binTurns } from './turnSeries';

const turn = (n: number, facts: object = {}) => ({
  id: `t-${n}`,
  startTime: '2026-11-26T10:00:00.000Z',
  endTime: `2026-11-26T10:00:0${n}.000Z`,
  status: 'ok' as const,
  promptTokens: 100 * n,
  cachedTokens: 40 * n,
  completionTokens: 20,
  reasoningTokens: 5,
  generationCount: 2,
  totalCost: n,
  unpricedModels: [],
  ...facts,
});

describe('the figures of turns', () => {
  it('are one bin each while there is room', () => {
    const [first, second] = binTurns([turn(1), turn(2, { status: 'running', unpricedModels: ['m'] })], 10);
    expect(first).toEqual({
      from: 1,
      to: 1,
      id: 't-1',
      fresh: 60,
      cached: 40,
      completion: 15,
      reasoning: 5,
      cost: 1,
      context: 50,
      costSoFar: 1,
      longest: 1000,
      errors: 0,
      unpriced: false,
    });
    expect(second).toMatchObject({ from: 2, id: 't-2', costSoFar: 3, longest: null, unpriced: true });
  });

  it('are means of neighbours where there is not, the slowest of them, and the cost of all so far', () => {
    const turns = [1, 2, 3, 4, 5].map((n) => turn(n, n === 4 ? { status: 'error' } : {}));
    const bins = binTurns(turns, 3);
    expect(
      bins.map(({ from, to, id, fresh, cost, costSoFar, longest, errors }) => [
        from,
        to,
        id,
        fresh,
        cost,
        costSoFar,
        longest,
        errors,
      ]),
    ).toEqual([
      [1, 2, 't-1', 90, 1.5, 3, 2000, 0],
      [3, 4, 't-3', 210, 3.5, 10, 4000, 1],
      [5, 5, 't-5', 300, 5, 15, 5000, 0],
    ]);
    expect(bins.map(binName)).toEqual(['1-2', '3-4', '5']);
  });

  it('never count more cached or reasoning tokens than there were', () => {
    const [bin] = binTurns([turn(1, { cachedTokens: 900, reasoningTokens: 90 })], 1);
    expect([bin?.fresh, bin?.cached, bin?.completion, bin?.reasoning]).toEqual([0, 100, 0, 20]);
  });

  it('of no turn are no bins', () => {
    expect(binTurns([], 10)).toEqual([]);
  });
});

describe('an axis', () => {
  it('is marked with round values that cover the highest', () => {
    expect(axisMarks(0)).toEqual([0]);
    expect(axisMarks(7)).toEqual([0, 2, 4, 6, 8]);
    expect(axisMarks(1000)).toEqual([0, 500, 1000]);
    expect(axisMarks(0.03)).toEqual([0, 0.01, 0.02, 0.03]);
    expect(axisMarks(18_200)).toEqual([0, 5000, 10_000, 15_000, 20_000]);
  });
});
