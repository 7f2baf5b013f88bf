import { expect, it } from 'vitest';

import { CHECKS, senderName, unpricedFilter, wellOf, windowPath, type Finding } from './findings';

const finding = (code: string): Finding => ({ code, state: 'warning', count: 1, message: '', advice: null });

it('what is not found is well, in the order of the checks', () => {
  expect(wellOf(Object.keys(CHECKS).map(finding))).toEqual([]);
  expect(wellOf(['arrivals', 'refused', 'dropped', 'clock_ahead', 'clock_behind'].map(finding))).toEqual([
    'Every trace is in a session',
    'Sessions hold whole conversations',
    'Every trace speaks a known dialect',
    'Every model has a price',
  ]);
});

it.each([
  [{ service: 'shop', scope: null, dialect: 'openinference' }, 'shop / openinference'],
  [{ service: null, scope: null, dialect: null }, 'an unnamed sender'],
])('a sender is named by what is known of it', (sender, name) => expect(senderName(sender)).toBe(name));

it('a number of the report opens its sessions in the same window', () => {
  const window = { from: '2026-11-25T00:00:00.000Z', to: '2026-11-26T00:00:00.000Z' };
  const query = new URLSearchParams(windowPath(window, unpricedFilter('my "own" model')).split('?')[1]);
  expect(Object.fromEntries(query)).toEqual({ ...window, filter: 'unpricedModel = "my \\"own\\" model"' });
});
