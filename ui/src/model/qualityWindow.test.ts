import { expect, it } from 'vitest';

import { parseListState } from '../state/listState';

import { qualityWindow } from './qualityWindow';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const windowOf = (search: string) => qualityWindow(parseListState(search).range, NOW);

it.each([
  [
    'the last day of a running range',
    '?range=24h',
    [
      ['from', '2026-11-25T12:00:00.000Z'],
      ['to', '2026-11-26T12:00:00.000Z'],
    ],
  ],
  [
    'no more than 31 days of all time',
    '',
    [
      ['from', '2026-10-26T12:00:00.000Z'],
      ['to', '2026-11-26T12:00:00.000Z'],
    ],
  ],
  [
    'a range as it was asked for',
    '?from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z',
    [
      ['from', '2026-11-01T00:00:00.000Z'],
      ['to', '2026-11-02T00:00:00.000Z'],
    ],
  ],
  [
    'the end of a range that is longer',
    '?from=2026-01-01T00:00:00Z&to=2026-04-01T00:00:00Z',
    [
      ['from', '2026-03-01T00:00:00.000Z'],
      ['to', '2026-04-01T00:00:00.000Z'],
    ],
  ],
])('the report covers %s', (_, search, wanted) => expect(windowOf(search)).toEqual(wanted));
