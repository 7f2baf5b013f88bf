import { describe, expect, it } from 'vitest';

import { comparisonParams, comparisonSearch, isComparable, parseCompare, sidePath } from './compareState';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const WINDOW = '?from=2026-11-20T00%3A00%3A00.000Z&to=2026-11-22T00%3A00%3A00.000Z';

it.each([
  ['', '?range=7d'],
  ['?range=24h&userId=u-1', '?range=24h&userId=u-1'],
  [
    `${WINDOW}&baseFrom=2026-11-01T00:00:00Z&baseTo=2026-11-02T00:00:00Z`,
    `${WINDOW}&baseFrom=2026-11-01T00%3A00%3A00.000Z&baseTo=2026-11-02T00%3A00%3A00.000Z`,
  ],
  [`${WINDOW}&baseFrom=2026-11-02T00:00:00Z&baseTo=2026-11-01T00:00:00Z`, WINDOW],
  ['?release=v2&baseRelease=v1', '?release=v2&by=releases&baseRelease=v1'],
])('%s is kept as %s', (search, kept) => expect(comparisonSearch(parseCompare(search))).toBe(kept));

describe('what is asked', () => {
  it('ends now where the range runs, so that the period before is as long', () =>
    expect(comparisonParams(parseCompare('?range=24h'), NOW)).toEqual([
      ['from', '2026-11-25T12:00:00.000Z'],
      ['to', '2026-11-26T12:00:00.000Z'],
    ]));

  it('names both releases', () =>
    expect(comparisonParams(parseCompare('?release=v2&baseRelease=v1'), NOW)).toEqual([
      ['release', 'v2'],
      ['baseRelease', 'v1'],
    ]));

  it('waits for the second release', () =>
    expect(
      ['?by=releases&release=v2', '?baseRelease=v1', '?release=v2&baseRelease=v1', ''].map((search) =>
        isComparable(parseCompare(search)),
      ),
    ).toEqual([false, false, true, true]));
});

it('a side opens its sessions', () => {
  const releases = parseCompare('?release=v2&baseRelease=v1&tag=a');
  expect(sidePath(releases, { from: null, to: null, release: 'v1' })).toBe('/sessions?release=v1&tag=a');
  const windows = parseCompare('?range=24h&release=v2');
  expect(
    sidePath(windows, { from: '2026-11-24T12:00:00.000Z', to: '2026-11-25T12:00:00.000Z', release: 'v2' }),
  ).toBe('/sessions?from=2026-11-24T12%3A00%3A00.000Z&to=2026-11-25T12%3A00%3A00.000Z&release=v2');
});
