import { describe, expect, it } from 'vitest';

import {
  changeText,
  qText,
  summaryOf,
  superiorityText,
  untested,
  verdict,
  type Difference,
} from './comparison';

const difference = (metric: Difference['metric'], qValue: number | null): Difference => ({
  metric,
  meanChange: null,
  medianChange: null,
  pValue: qValue,
  qValue,
  superiority: null,
  isSignificant: qValue !== null && qValue <= 0.05,
});

it.each([
  [0.123, '+12%'],
  [-0.031, '-3.1%'],
  [0.0001, '±0%'],
  [12.5, '+1,250%'],
  [null, null],
])('a change of %s is %s', (change, text) => expect(changeText(change)).toBe(text));

it.each([
  [0.0000001, 'q < 0.001'],
  [0.0312, 'q = 0.031'],
  [1, 'q = 1'],
])('%s is %s', (q, text) => expect(qText(q)).toBe(text));

it.each([
  [0.01, 'Differs'],
  [0.3, 'No more than noise'],
  [null, 'Not tested'],
])('a q-value of %s: %s', (q, text) => expect(verdict(difference('duration', q)).text).toBe(text));

it('what is not tested has its reason', () =>
  expect([untested([3, 90]), untested([9, 90])]).toEqual([
    'With fewer than 8 sessions on a side nothing is tested.',
    'All values are equal, so there is nothing to test.',
  ]));

it.each([
  [0.634, 'In 63% of pairs the session of v2 has more tokens than that of v1'],
  [0.2, 'In 80% of pairs the session of v1 has more tokens than that of v2'],
  [0.5, 'A session of v2 has more tokens than one of v1 as often as not'],
  [null, null],
])('a superiority of %s in words', (superiority, text) =>
  expect(superiorityText({ metric: 'totalTokens', superiority }, 'v1', 'v2')).toBe(text),
);

describe('all metrics in one sentence', () => {
  it.each([
    [[0.01, 0.5], '1 of 2 metrics differs by more than noise: duration.'],
    [[0.3, 0.5], 'None of 2 metrics differs by more than noise.'],
    [[null, null], 'Nothing could be tested.'],
  ])('of %s', ([first, second], text) =>
    expect(summaryOf([difference('duration', first ?? null), difference('totalCost', second ?? null)])).toBe(
      text,
    ),
  );
});
