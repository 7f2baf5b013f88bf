import { describe, expect, test } from 'vitest';

import {
  bodyOf,
  draftOf,
  formatValue,
  NEW_RULE,
  newSecret,
  readThreshold,
  ruleSentence,
  switched,
} from './alertRule';
import { dayStart, dollars, wholeNumber } from './settingsInput';

import type { AlertRule } from '../api/schema';

const rule = (more: Partial<AlertRule>): AlertRule => ({
  id: 1,
  name: 'runaway',
  when: { session: 'totalCost', above: 5 },
  filters: {},
  enabled: true,
  webhook: null,
  createdAt: '',
  updatedAt: '',
  ...more,
});

const RULES = [
  rule({}),
  rule({ when: { session: 'openToolCall', above: 90_000 }, filters: { tag: ['vip'], filter: 'turns > 2' } }),
  rule({ filters: { filter: ['turns > 2', 'cost > 1'] } }),
  rule({ when: { session: 'duration', above: 3_723_000 }, enabled: false }),
  rule({ when: { session: 'duration', above: 1_500 } }),
  rule({ when: { aggregate: 'errorRate', above: 0.07, window: 3_600_000, minSessions: 10 } }),
  rule({
    when: { aggregate: 'completionRate', below: 0.5, window: 86_400_000, minSessions: 1, goal: 'paid' },
    webhook: { url: 'https://example.com/hook', hasSecret: true },
  }),
];

describe('an alert rule', () => {
  test.each(RULES)('that is opened and saved unchanged is the same: $when', (one) => {
    const { name, when, filters, enabled, webhook } = one;
    expect(bodyOf(draftOf(one), one)).toEqual({
      name,
      when,
      filters,
      enabled,
      webhook: webhook === null ? null : { url: webhook.url },
    });
  });

  test('is said in a sentence with units', () => {
    expect(RULES.map(ruleSentence)).toEqual([
      'cost of a session above $5.00',
      'a tool call that does not end of a session above 1m 30s',
      'cost of a session above $5.00',
      'duration of a session above 1h 2m 3s',
      'duration of a session above 1s 500ms',
      'share of sessions with an error above 7 % within 1h, of at least 10 sessions',
      'share that reached a goal “paid” below 50 % within 1d',
    ]);
  });

  test('keeps its webhook and secret when it is paused', () => {
    const hook = rule({ webhook: { url: 'https://example.com', hasSecret: true } });
    expect(switched(hook, false)).toMatchObject({ enabled: false, webhook: { url: 'https://example.com' } });
  });

  test.each([
    { name: ' ' },
    { threshold: 'much' },
    { threshold: '' },
    { subject: 'aggregate', metric: 'errorRate', window: 'soon' },
    { subject: 'aggregate', metric: 'errorRate', minSessions: 'x' },
    { subject: 'aggregate', metric: 'completionRate', goal: '' },
  ] as const)('is not sent while it is not whole: %o', (wrong) => {
    expect(bodyOf({ ...NEW_RULE, name: 'n', threshold: '5', ...wrong }, null)).toBeNull();
  });

  test('is sent with its webhook and the secret to sign with', () => {
    const draft = {
      ...NEW_RULE,
      name: ' n ',
      threshold: '$1,000.50',
      url: ' https://example.com ',
      secret: 's',
    };
    expect(bodyOf(draft, null)).toEqual({
      name: 'n',
      when: { session: 'totalCost', above: 1000.5 },
      filters: {},
      enabled: true,
      webhook: { url: 'https://example.com', secret: 's' },
    });
  });
});

test('a threshold is read in the unit of its metric', () => {
  expect(readThreshold('share', '20 %')).toBe(0.2);
  expect(readThreshold('time', '2m 30s')).toBe(150_000);
  expect(readThreshold('count', '12,000')).toBe(12_000);
  expect(readThreshold('count', '-1')).toBeNull();
  expect(formatValue('share', 0.0714)).toBe('7.1 %');
});

test('a secret has a letter for each byte of chance', () => {
  expect(newSecret((bytes) => bytes.fill(64))).toBe('A'.repeat(32));
});

test('numbers of the settings are read as they are typed, or not at all', () => {
  expect(['30', ' 1,440 ', '0', '1.5', '', '99999'].map((typed) => wholeNumber(typed, 1, 10_080))).toEqual([
    30,
    1440,
    null,
    null,
    null,
    null,
  ]);
  expect(['0.15', '$ 3', '', '1.2345678', 'free'].map(dollars)).toEqual(['0.15', '3', undefined, null, null]);
  expect([dayStart(''), dayStart('2026-11-01')]).toEqual([null, '2026-11-01T00:00:00Z']);
});
