import { describe, expect, it } from 'vitest';

import { exactDuration, formatDuration, parseDuration, roughDuration } from './duration';
import { exactCost, formatCost } from './money';
import { formatCompact, formatMean, plural } from './numbers';
import { formatAbsolute, formatRelative, moment } from './time';

describe('a duration', () => {
  it.each([
    [0, '0ms'],
    [240, '240ms'],
    [1900, '1.9s'],
    [2000, '2s'],
    [9999, '9.9s'],
    [48_000, '48s'],
    [59_999, '59s'],
    [150_000, '2m 30s'],
    [724_000, '12m 04s'],
    [3_840_000, '1h 04m'],
    [273_600_000, '3d 04h'],
    [-1500, '-1.5s'],
  ])('of %i ms reads %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('is rough where a hint is enough', () => {
    expect([9000, 540_000, 7_300_000, 200_000_000].map(roughDuration)).toEqual([
      '9 s',
      '9 min',
      '2 h',
      '2 d',
    ]);
  });

  it('is exact on hover', () => {
    expect(exactDuration(31_400)).toBe('31.4 s');
    expect(exactDuration(724_123)).toBe('12m 04s (724.123 s)');
  });

  it.each([
    ['2m 30s', 150_000],
    ['90', 90_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
    ['1 h 5 min', 3_900_000],
    ['soon', null],
    ['', null],
    ['-5s', null],
  ])('is read from %j', (text, ms) => expect(parseDuration(text)).toBe(ms));
});

describe('a number', () => {
  it.each([
    [0, '0'],
    [950, '950'],
    [999, '999'],
    [1000, '1k'],
    [2500, '2.5k'],
    [18_204, '18.2k'],
    [99_960, '100k'],
    [182_400, '182k'],
    [999_960, '1M'],
    [1_200_000, '1.2M'],
  ])('%i is short as %s', (n, text) => expect(formatCompact(n)).toBe(text));

  it('keeps one decimal of a small mean only', () => {
    expect([0, 1, 5.24, 14.2, 1204].map(formatMean)).toEqual(['0', '1', '5.2', '14', '1,204']);
  });

  it('agrees with its noun', () => {
    expect([plural(1, 'turn'), plural(0, 'turn'), plural(1204, 'turn')]).toEqual([
      '1 turn',
      '0 turns',
      '1,204 turns',
    ]);
  });
});

describe('a cost', () => {
  it.each([
    [0, '$0.00'],
    [0.21, '$0.21'],
    [0.031, '$0.031'],
    [0.0031, '$0.0031'],
    [0.000875, '$0.00088'],
    [0.00000001, '<$0.000001'],
    [1204.5, '$1,204.50'],
    [-0.5, '-$0.50'],
  ])('of %d reads %s', (dollars, text) => expect(formatCost(dollars)).toBe(text));

  it('is exact to twelve decimals on hover', () => {
    expect(exactCost(0.000875)).toBe('$0.000875');
    expect(exactCost(0.000000000001)).toBe('$0.000000000001');
    expect(exactCost(3)).toBe('$3.00');
  });
});

describe('a moment', () => {
  const now = Date.parse('2026-11-23T10:30:00Z');
  it.each([
    ['2026-11-23T10:29:50Z', 'just now'],
    ['2026-11-23T10:27:00Z', '3 min ago'],
    ['2026-11-23T08:29:00Z', '2 h ago'],
    ['2026-11-19T10:00:00Z', '4 d ago'],
    ['2026-11-10T10:00:00Z', '10 Nov'],
    ['2025-11-10T10:00:00Z', '10 Nov 2025'],
    ['2026-11-23T10:40:00Z', 'in 10 min'],
  ])('%s is %s', (iso, text) => expect(formatRelative(Date.parse(iso), now, 'UTC')).toBe(text));

  it('names its zone', () => {
    expect(formatAbsolute(now, 'UTC')).toBe('Mon, 23 Nov 2026, 10:30:00.000 UTC');
    expect(formatAbsolute(now, 'Asia/Tokyo')).toBe('Mon, 23 Nov 2026, 19:30:00.000 GMT+9 (Asia/Tokyo)');
  });

  it('that is missing or garbled is no moment', () => {
    expect([moment(null), moment(undefined), moment('yesterday')]).toEqual([null, null, null]);
  });
});
