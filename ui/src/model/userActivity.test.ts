import { describe, expect, it } from 'vitest';

import { DEFAULT_STATE, parseListState } from '../state/listState';

import { activityBars, barPath, bothFilters } from './userActivity';

const counted = (day: number, sessionCount: number, totalCost = 0) => ({
  time: `2026-11-0${day}T00:00:00.000Z`,
  totals: { sessionCount, failedSessionCount: 0, traceCount: 2 * sessionCount, totalCost },
});
const SERIES = [counted(1, 1, 0.5), counted(2, 0), counted(3, 2, 1), counted(4, 1), counted(5, 3, 2)];

describe('activity over time', () => {
  it('has one bar for each interval', () =>
    expect(
      activityBars(SERIES, 60).map(({ from, sessionCount }) => [from.slice(8, 10), sessionCount]),
    ).toEqual([
      ['01', 1],
      ['02', 0],
      ['03', 2],
      ['04', 1],
      ['05', 3],
    ]));

  it('adds up intervals where there are more than fit', () =>
    expect(activityBars(SERIES, 3)).toEqual([
      {
        from: SERIES[0]?.time,
        to: SERIES[2]?.time,
        sessionCount: 1,
        failedSessionCount: 0,
        traceCount: 2,
        totalCost: 0.5,
      },
      {
        from: SERIES[2]?.time,
        to: SERIES[4]?.time,
        sessionCount: 3,
        failedSessionCount: 0,
        traceCount: 6,
        totalCost: 1,
      },
      {
        from: SERIES[4]?.time,
        to: null,
        sessionCount: 3,
        failedSessionCount: 0,
        traceCount: 6,
        totalCost: 2,
      },
    ]));

  it('has none of nothing', () => expect(activityBars([], 60)).toEqual([]));
});

describe('a bar opens', () => {
  const bars = activityBars(SERIES, 3);
  const filterOf = (at: number, search = '') => {
    const path = barPath(search === '' ? DEFAULT_STATE : parseListState(search), bars, at);
    return new URLSearchParams(path.slice(path.indexOf('?'))).get('filter');
  };

  it('the sessions that began in it, the first one those before and the last one those after', () =>
    expect([0, 1, 2].map((at) => filterOf(at))).toEqual([
      'startTime < "2026-11-03T00:00:00.000Z"',
      'startTime >= "2026-11-03T00:00:00.000Z" and startTime < "2026-11-05T00:00:00.000Z"',
      'startTime >= "2026-11-05T00:00:00.000Z"',
    ]));

  it('them within what is asked already', () =>
    expect(filterOf(2, '?filter=cost+%3E+1')).toBe(
      '(cost > 1) and (startTime >= "2026-11-05T00:00:00.000Z")',
    ));
});

it('an empty filter is no part of both', () =>
  expect([bothFilters('', 'a = 1'), bothFilters('a = 1', ''), bothFilters('', '')]).toEqual([
    'a = 1',
    'a = 1',
    '',
  ]));
