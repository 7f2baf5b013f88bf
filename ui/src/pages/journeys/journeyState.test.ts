import { describe, expect, it } from 'vitest';

import { DEFAULT_STATE, listSearch, parseListState } from '../../state/listState';
import { filterSentence } from '../../state/sentences';

import {
  edgeDoor,
  funnelDoor,
  funnelPath,
  journeyPath,
  leastOf,
  nodeDoor,
  parseChosen,
  parseFunnel,
  parseJourney,
  pathDoor,
} from './journeyState';

const FUNNEL = { steps: ['search', 'tag:cart', 'pay'], withinMs: 60_000, groupBy: null };

describe('the address', () => {
  it('says what is asked of journeys, and nothing of what is usual', () => {
    const usual = parseJourney('');
    expect(journeyPath(DEFAULT_STATE, usual)).toBe('/journeys');
    const ask = { by: 'tag', collapse: false, least: 3, nodes: 30 } as const;
    const path = journeyPath(parseListState('?tag=a&range=7d'), ask);
    expect(path).toBe('/journeys?range=7d&tag=a&by=tag&collapse=false&least=3&nodes=30');
    expect(parseJourney(path.slice('/journeys'.length))).toEqual(ask);
  });

  it('leaves out ways that fewer than one session in a hundred goes, unless it says another number', () => {
    const usual = parseJourney('');
    expect([0, 5, 100, 209].map((count) => leastOf(usual, count))).toEqual([1, 1, 1, 3]);
    expect(leastOf(parseJourney('?least=1'), 209)).toBe(1);
  });

  it('says the steps of a funnel in order', () => {
    const path = funnelPath(DEFAULT_STATE, { ...FUNNEL, groupBy: 'model' });
    expect(parseFunnel(path.slice('/funnels'.length))).toEqual({ ...FUNNEL, groupBy: 'model' });
  });

  it('that makes no sense is as if it were not there', () => {
    expect(parseJourney('?by=x&least=-1&nodes=900')).toEqual(parseJourney(''));
    expect(parseFunnel('?step=&within=soon')).toEqual({ steps: [], withinMs: null, groupBy: null });
    expect(parseChosen('?hasStep=a&tag=b').filters).toEqual([{ field: 'tag', value: 'b' }]);
  });
});

describe('a door', () => {
  it.each([
    [nodeDoor(DEFAULT_STATE, 'name', 'entryStep', 'a b'), '/sessions?entryStep=a+b', 'begins with a b'],
    [nodeDoor(DEFAULT_STATE, 'tag', 'hasStep', 'x'), '/sessions?stepBy=tag&hasStep=x', 'takes x'],
    [edgeDoor(DEFAULT_STATE, 'name', 'a', 'b'), '/sessions?fromStep=a&toStep=b', 'goes from a to b'],
    [
      pathDoor(DEFAULT_STATE, { by: 'name', collapse: true }, { steps: ['a', 'b'], continues: true }),
      '/sessions?path=a&path=b&pathContinues=true&pathCollapsed=true',
      'goes a → b → ...',
    ],
    [
      funnelDoor(DEFAULT_STATE, FUNNEL, 'funnelStopped', 2),
      '/sessions?funnelStep=search&funnelStep=tag%3Acart&funnelStep=pay&funnelWithin=60000&funnelStopped=2',
      'stops after search → tag:cart within 1m 00s, before pay',
    ],
    [
      funnelDoor(DEFAULT_STATE, { ...FUNNEL, withinMs: null }, 'funnelReached', 1),
      '/sessions?funnelStep=search&funnelStep=tag%3Acart&funnelStep=pay&funnelReached=1',
      'takes search',
    ],
  ])('is %s, which the list reads, says and writes again', (path, expected, sentence) => {
    expect(path).toBe(expected);
    const state = parseListState(path.slice('/sessions'.length));
    expect(state.filters.map(filterSentence)).toEqual([sentence]);
    expect(`/sessions${listSearch(state)}`).toBe(expected);
  });
});
