import { describe, expect, it } from 'vitest';

import { DEFAULT_STATE, parseListState } from '../../state/listState';

import { binPath, groupPath } from './doors';

describe('a bar of a histogram opens', () => {
  it('its sessions without those of the next bar', () => {
    expect(binPath(DEFAULT_STATE, 'Traces', { from: 2, to: 3 })).toBe('/sessions?minTraces=2&maxTraces=2');
    expect(binPath(DEFAULT_STATE, 'Cost', { from: 0.01, to: 0.015 })).toBe(
      '/sessions?minCost=0.01&maxCost=0.014999999999',
    );
  });

  it('everything above when it is the last', () =>
    expect(binPath(DEFAULT_STATE, 'Tokens', { from: 1000, to: null })).toBe('/sessions?minTokens=1000'));

  it('no session that the page does not count', () => {
    const state = parseListState('?range=7d&userId=u-1&minDuration=1200&maxDuration=1400');
    expect(binPath(state, 'Duration', { from: 1000, to: 1500 })).toBe(
      '/sessions?range=7d&userId=u-1&minDuration=1200&maxDuration=1400',
    );
  });
});

describe('a group opens', () => {
  it('its sessions among those of the page', () => {
    const state = parseListState('?environment=prod&tag=a');
    expect(groupPath(state, 'user', 'u & 1')).toBe('/sessions?environment=prod&tag=a&userId=u+%26+1');
    expect(groupPath(state, 'tag', 'b')).toBe('/sessions?environment=prod&tag=a&tag=b');
  });

  it('the sessions that take a step, or call a tool', () => {
    expect(groupPath(DEFAULT_STATE, 'traceName', 'pay')).toBe('/sessions?hasStep=pay');
    expect(groupPath(DEFAULT_STATE, 'tool', 'search')).toBe('/sessions?tool=search');
    expect(groupPath(parseListState('?hasStep=buy'), 'traceName', 'pay')).toBeNull();
  });

  it('nothing where the list cannot choose exactly these', () => {
    expect(groupPath(DEFAULT_STATE, 'model', null)).toBeNull();
    expect(groupPath(DEFAULT_STATE, 'model', '')).toBeNull();
    expect(groupPath(parseListState('?model=a'), 'model', 'b')).toBeNull();
    expect(groupPath(parseListState('?model=a'), 'model', 'a')).toBe('/sessions?model=a');
  });
});
