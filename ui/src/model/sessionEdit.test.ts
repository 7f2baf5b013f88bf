import { describe, expect, it } from 'vitest';

import {
  applyPatch,
  factsOfTraces,
  isOwnMetadata,
  metadataValue,
  ownTags,
  scoreValue,
  undoPatch,
} from './sessionEdit';

import type { Session, SessionPatch } from '../api/schema';

const from = factsOfTraces([
  { tags: ['web'], metadata: { plan: 'free', seats: 3 } },
  { tags: ['web', 'refund'], metadata: { plan: 'pro' } },
]);

const session = {
  id: 's-1',
  title: 'Refund',
  outcome: null,
  bookmarked: false,
  endedAt: null,
  tags: ['mine', 'refund', 'web'],
  metadata: { plan: 'team', seats: 3, note: 'call back' },
} as unknown as Session;

const NOW = '2026-11-26T10:00:00.000Z';

describe('what is said of a session', () => {
  it('stands over what its traces say, the newer trace over the older', () => {
    expect(from).toEqual({ tags: ['web', 'refund'], metadata: { plan: 'pro', seats: 3 } });
    expect(ownTags(session, from)).toEqual(['mine']);
    expect(['plan', 'seats', 'note', 'other'].map((key) => isOwnMetadata(session, key, from))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it.each<[string, SessionPatch, Partial<Session>]>([
    ['a title', { title: ' Parcel ' }, { title: 'Parcel' }],
    ['no title', { title: '' }, { title: null }],
    ['an outcome', { outcome: 'solved' }, { outcome: 'solved' }],
    ['a bookmark', { bookmarked: true }, { bookmarked: true }],
    ['that it is over', { ended: true }, { endedAt: NOW }],
    ['other tags', { tags: ['vip'] }, { tags: ['refund', 'vip', 'web'] }],
    [
      'another value',
      { metadata: { seats: 4 } },
      { metadata: { plan: 'team', seats: 4, note: 'call back' } },
    ],
    [
      'a value taken back',
      { metadata: { plan: null } },
      { metadata: { plan: 'pro', seats: 3, note: 'call back' } },
    ],
    ['a value gone', { metadata: { note: null } }, { metadata: { plan: 'team', seats: 3 } }],
  ])('is shown at once, and undone as it was: %s', (_, patch, change) => {
    const changed = applyPatch(session, patch, from, NOW);
    expect(changed).toEqual({ ...session, ...change });
    expect(applyPatch(changed, undoPatch(session, patch, from), from, NOW)).toEqual(session);
  });
});

describe('what somebody types', () => {
  it('as a value of metadata is JSON only where it looks like it', () => {
    expect(['3', 'true', '{"a": 1}', '"3"', 'call back', '3 days', '-'].map(metadataValue)).toEqual([
      3,
      true,
      { a: 1 },
      '3',
      'call back',
      '3 days',
      '-',
    ]);
  });

  it('as a score is a number, yes or no, or a category', () => {
    expect(['0.8', ' 5 ', 'Yes', 'false', 'polite', ''].map(scoreValue)).toEqual([
      0.8,
      5,
      true,
      false,
      'polite',
      '',
    ]);
  });
});
