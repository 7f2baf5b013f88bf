import { describe, expect, it } from 'vitest';

import { axisTicks, namedPlaces } from './axis';

describe('the marks of an axis', () => {
  it.each([
    [100, [0, 50, 100]],
    [7, [0, 5, 10]],
    [6, [0, 2, 4, 6]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [1234, [0, 500, 1000, 1500]],
    [0.00012, [0, 0.00005, 0.0001, 0.00015]],
  ])('up to %s are %j', (most, ticks) => expect(axisTicks(most)).toEqual(ticks));

  it('count whole things in whole numbers', () => {
    expect(axisTicks(1, 'whole')).toEqual([0, 1]);
    expect(axisTicks(2, 'whole')).toEqual([0, 1, 2]);
  });

  it('are round as durations are', () => {
    expect(axisTicks(100_000, 'duration')).toEqual([0, 60_000, 120_000]);
    expect(axisTicks(5 * 3_600_000, 'duration')).toEqual([0, 7_200_000, 14_400_000, 21_600_000]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('of nothing (%s) are an axis still', (most) =>
    expect(axisTicks(most)).toEqual([0, 1]),
  );

  it('reach the highest value, and rise', () => {
    for (const most of [1e-9, 0.017, 3, 9.99, 10, 4_321, 8.1e12]) {
      const ticks = axisTicks(most);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(most * (1 - 1e-9));
      expect(ticks).toEqual([...ticks].sort((a, b) => a - b));
    }
  });
});

it.each([
  [8, 800, 60, [0, 1, 2, 3, 4, 5, 6, 7]],
  [30, 300, 60, [0, 6, 12, 18, 24]],
  [5, 10, 60, [0]],
  [0, 300, 60, []],
])('of %s places on %s px, names of %s px stand at %j', (count, width, nameWidth, places) =>
  expect(namedPlaces(count, width, nameWidth)).toEqual(places),
);
