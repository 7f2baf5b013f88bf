import { describe, expect, it } from 'vitest';

import { DEFAULT_STATE, listSearch, parseListState } from '../state/listState';

import {
  changeOf,
  intervalOf,
  slotName,
  slotTick,
  stretchState,
  windowBefore,
  windowOf,
  type Slots,
} from './trends';

const NOW = Date.parse('2026-11-23T10:30:00Z');
const DAY = 86_400_000;

describe('a window', () => {
  it('of a running range ends now', () =>
    expect(windowOf({ kind: 'last', preset: '24h' }, NOW)).toEqual({
      from: '2026-11-22T10:30:00.000Z',
      to: '2026-11-23T10:30:00.000Z',
    }));

  it('is compared with the one of equal length before', () => {
    expect(windowBefore(windowOf({ kind: 'last', preset: '7d' }, NOW))).toEqual({
      from: '2026-11-09T10:30:00.000Z',
      to: '2026-11-16T10:30:00.000Z',
    });
  });

  it('that is open or empty has none before it', () => {
    expect(windowBefore(windowOf({ kind: 'all' }, NOW))).toBeNull();
    expect(windowBefore({ from: '2026-11-09T10:30:00.000Z', to: null })).toBeNull();
    expect(windowBefore({ from: '2026-11-09T10:30:00.000Z', to: '2026-11-09T10:30:00.000Z' })).toBeNull();
  });
});

it.each([
  [DAY, 'hour'],
  [4 * DAY, 'hour'],
  [7 * DAY, 'day'],
  [30 * DAY, 'day'],
  [365 * DAY, 'week'],
  [900 * DAY, 'month'],
])('%s ms are counted by the %s', (length, interval) => expect(intervalOf(length)).toBe(interval));

describe('a stretch of intervals opens', () => {
  const slots: Slots = {
    begins: ['20', '21', '22', '23'].map((day) => Date.parse(`2026-11-${day}T00:00:00Z`)),
    window: { from: '2026-11-20T10:30:00.000Z', to: '2026-11-23T10:30:00.000Z' },
  };
  const opened = (a: number, b: number, search = ''): URLSearchParams =>
    new URLSearchParams(listSearch(stretchState(parseListState(search), slots, a, b)));

  it('the sessions that began in them', () =>
    expect(Object.fromEntries(opened(1, 1))).toEqual({
      from: '2026-11-21T00:00:00.000Z',
      to: '2026-11-22T00:00:00.000Z',
      filter: 'startTime >= "2026-11-21T00:00:00.000Z"',
    }));

  it('in the first one also what began before the window, to its end in the last', () => {
    expect(Object.fromEntries(opened(0, 3))).toEqual(slots.window);
    expect(opened(3, 2).get('to')).toBe('2026-11-23T10:30:00.000Z');
  });

  it('within what is asked for already', () =>
    expect(opened(2, 2, '?tag=a&range=7d&filter=cost > 1 or turns > 3').toString()).toBe(
      new URLSearchParams([
        ['from', '2026-11-22T00:00:00.000Z'],
        ['to', '2026-11-23T00:00:00.000Z'],
        ['tag', 'a'],
        ['filter', '(cost > 1 or turns > 3) and startTime >= "2026-11-22T00:00:00.000Z"'],
      ]).toString(),
    ));

  it('everything where there is one interval of all time', () =>
    expect(stretchState(DEFAULT_STATE, { begins: [0], window: { from: null, to: null } }, 0, 0)).toEqual(
      DEFAULT_STATE,
    ));
});

it.each([
  ['hour', '10:30', '23 Nov 10:30'],
  ['day', '23 Nov', 'Mon 23 Nov'],
  ['week', '23 Nov', 'Week from 23 Nov'],
  ['month', 'Nov 2026', 'Nov 2026'],
] as const)('an interval of a %s is called %s, and said as %s', (interval, tick, name) => {
  expect(slotTick(NOW, interval, NOW, 'UTC')).toBe(tick);
  expect(slotName(NOW, interval, NOW, 'UTC')).toBe(name);
});

it('of hours, midnight is called by its day', () =>
  expect(slotTick(Date.parse('2026-11-23T00:00:00Z'), 'hour', NOW, 'UTC')).toBe('23 Nov'));

describe('a change', () => {
  it.each([
    [12, 10, { text: '+20%', sign: 1 }],
    [5, 10, { text: '-50%', sign: -1 }],
    [10, 10, { text: '±0%', sign: 0 }],
    [10, 0, null],
    [10, null, null],
    [10, undefined, null],
    [null, 10, null],
  ])('from %s, before %s, is %j', (now, before, change) => expect(changeOf(now, before)).toEqual(change));

  it('of a rate is in points, from nothing too', () => {
    expect(changeOf(0.255, 0.25, true)).toEqual({ text: '+0.5 points', sign: 1 });
    expect(changeOf(0.1, 0, true)).toEqual({ text: '+10 points', sign: 1 });
    expect(changeOf(0, 0, true)).toEqual({ text: '±0 points', sign: 0 });
  });
});
