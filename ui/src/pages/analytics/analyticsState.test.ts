import { describe, expect, it } from 'vitest';

import { parseListState } from '../../state/listState';
import { matchRoute } from '../../state/routes';

import {
  costsLookPath,
  goalsPath,
  parseCostsLook,
  parseEdited,
  parseSessionsLook,
  sessionsLookPath,
  viewPath,
} from './analyticsState';

const state = parseListState('?range=7d&tag=a');

describe('an address of the analytics', () => {
  it('says how the sessions are looked at, and nothing that is usual', () => {
    const look = { groupBy: 'user', statistic: 'p90', interval: 'week' } as const;
    const path = sessionsLookPath(state, look);
    expect(path).toBe('/analytics?range=7d&tag=a&groupBy=user&statistic=p90&interval=week');
    expect(parseSessionsLook(path.slice(path.indexOf('?')))).toEqual(look);
    expect(sessionsLookPath(state, parseSessionsLook(''))).toBe('/analytics?range=7d&tag=a');
  });

  it('says how the costs are', () => {
    const look = { groupBy: 'traceName', measure: 'tokens', interval: 'hour' } as const;
    const path = costsLookPath(state, look);
    expect(path).toBe('/analytics/costs?range=7d&tag=a&groupBy=traceName&measure=tokens&interval=hour');
    expect(parseCostsLook(path.slice(path.indexOf('?')))).toEqual(look);
  });

  it('says which goal is edited', () => {
    expect(goalsPath(state, 12)).toBe('/analytics/goals?range=7d&tag=a&edit=12');
    expect(['?edit=12', '?edit=new', '?edit=../x', ''].map(parseEdited)).toEqual([12, 'new', null, null]);
  });

  it('that makes no sense is the usual one', () => {
    expect(parseSessionsLook('?groupBy=tool&statistic=max&interval=year')).toEqual({
      groupBy: 'model',
      statistic: 'mean',
      interval: null,
    });
    expect(parseCostsLook('?groupBy=goal&measure=time')).toEqual({
      groupBy: 'model',
      measure: 'cost',
      interval: null,
    });
  });

  it('leads to its view', () => {
    for (const view of ['sessions', 'costs', 'goals'] as const)
      expect(matchRoute(viewPath(view, state).split('?')[0] ?? '')).toEqual({ page: 'analytics', view });
    expect(matchRoute('/analytics/other')).toEqual({ page: 'notFound' });
  });
});
