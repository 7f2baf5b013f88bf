import { describe, expect, it } from 'vitest';

import {
  DEFAULT_STATE,
  filterParams,
  listSearch,
  parseListState,
  rangeParams,
  withFilter,
  withSort,
  withoutFilter,
  type ListState,
} from './listState';
import { loginPath, matchRoute, safeNext, sessionPath } from './routes';
import { parseSelection, selectionSearch } from './selection';
import { filterSentence, rangeSentence } from './sentences';

const FULL: ListState = {
  range: { kind: 'last', preset: '7d' },
  filters: [
    { field: 'userId', value: 'u-12 & co' },
    { field: 'tag', value: 'refund' },
    { field: 'tag', value: 'a=b' },
    { field: 'metadata', key: 'channel.kind', value: 'web' },
    { field: 'hasError', value: true },
    { field: 'Cost', min: 0.5, max: null },
    { field: 'Duration', min: 60000, max: 150000 },
  ],
  filter: 'cost > 0.5 and tag = "a & b"',
  q: '"new york" refund*',
  sort: 'totalCost',
  order: 'asc',
};

describe('the address of the list', () => {
  it('carries the whole state there and back', () => {
    expect(parseListState(listSearch(FULL))).toEqual(FULL);
  });

  it('is empty for the default', () => {
    expect(listSearch(DEFAULT_STATE)).toBe('');
    expect(parseListState('')).toEqual(DEFAULT_STATE);
  });

  it('leaves out what it does not understand', () => {
    const search =
      '?range=9y&sort=; drop table&order=up&minCost=-1&maxTokens=NaN&hasError=maybe&userId=&metadata.=x&color=red';
    expect(parseListState(search)).toEqual(DEFAULT_STATE);
  });

  it('reads a window of its own', () => {
    const { range } = parseListState('?from=2026-11-23T10:30:00Z&to=never');
    expect(range).toEqual({ kind: 'custom', from: '2026-11-23T10:30:00.000Z', to: null });
  });

  it('asks the API with the same names', () => {
    expect(filterParams(FULL.filters)).toEqual([
      ['userId', 'u-12 & co'],
      ['tag', 'refund'],
      ['tag', 'a=b'],
      ['metadata.channel.kind', 'web'],
      ['hasError', 'true'],
      ['minCost', '0.5'],
      ['minDuration', '60000'],
      ['maxDuration', '150000'],
    ]);
  });
});

describe('the state of the list', () => {
  it('keeps one filter of a kind, but tags and metadata keys beside each other', () => {
    let state = withFilter(FULL, { field: 'userId', value: 'u-13' });
    state = withFilter(state, { field: 'tag', value: 'third' });
    state = withFilter(state, { field: 'metadata', key: 'channel.kind', value: 'mobile' });
    expect(state.filters.map(filterSentence)).toEqual([
      'user is u-13',
      'tag is refund',
      'tag is a=b',
      'channel.kind is mobile',
      'has error',
      'cost is at least $0.50',
      'duration is 1m to 2m 30s',
      'tag is third',
    ]);
  });

  it('drops the filter that is taken away', () => {
    const [user] = FULL.filters;
    expect(user && withoutFilter(FULL, user).filters).toEqual(FULL.filters.slice(1));
  });

  it('sorts downwards first, then upwards', () => {
    const once = withSort(DEFAULT_STATE, 'totalCost');
    expect([once.sort, once.order, withSort(once, 'totalCost').order]).toEqual(['totalCost', 'desc', 'asc']);
  });

  it('has a running window without an end', () => {
    const now = Date.parse('2026-11-23T10:30:00Z');
    expect(rangeParams({ kind: 'last', preset: '1h' }, now)).toEqual([['from', '2026-11-23T09:30:00.000Z']]);
    expect(rangeParams({ kind: 'all' }, now)).toEqual([]);
  });

  it('says its range in words', () => {
    const now = Date.parse('2026-11-23T10:30:00Z');
    const from = '2026-11-20T08:00:00.000Z';
    expect(rangeSentence({ kind: 'custom', from, to: null }, now, 'UTC')).toBe('Since 20 Nov 08:00');
    expect(rangeSentence({ kind: 'custom', from: null, to: from }, now, 'UTC')).toBe('Until 20 Nov 08:00');
  });
});

describe('a route', () => {
  it.each([
    'conversation-abc123',
    'a/b',
    'a%2Fb',
    '100%',
    'with space',
    '"quoted" \'too\'',
    '会話 1',
    'x?y#z',
    'a\nb',
    '😀',
  ])('brings back the session id %j', (id) =>
    expect(matchRoute(sessionPath(id))).toEqual({ page: 'session', id }),
  );

  it('survives an id that is not well-formed', () => {
    expect(matchRoute(sessionPath('\ud800x'))).toEqual({ page: 'session', id: '\ufffdx' });
    expect(matchRoute('/sessions/%E0%A4%A')).toEqual({ page: 'notFound' });
  });

  it('knows the sections of the settings, and a share by its number only', () => {
    const paths = [
      '/alerts',
      '/settings',
      '/settings/prices',
      '/share',
      '/share/12',
      '/share/x',
      '/share/1/2',
    ];
    expect(paths.map(matchRoute)).toEqual([
      { page: 'alerts' },
      { page: 'settings', section: '' },
      { page: 'settings', section: 'prices' },
      { page: 'share', id: null },
      { page: 'share', id: '12' },
      { page: 'notFound' },
      { page: 'notFound' },
    ]);
  });

  it('knows the list, the login and nothing else', () => {
    expect(
      ['/', '/sessions', '/sessions/', '/login', '/nowhere'].map((path) => matchRoute(path).page),
    ).toEqual(['sessions', 'sessions', 'sessions', 'login', 'notFound']);
  });

  it('goes nowhere but home after signing in', () => {
    const next = [
      '/sessions/a%2Fb?turn=t',
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/\t/evil.example',
      null,
    ];
    expect(next.map(safeNext)).toEqual(['/sessions/a%2Fb?turn=t', '/', '/', '/', '/', '/']);
    expect(loginPath('/sessions?tag=a')).toBe('/login?next=%2Fsessions%3Ftag%3Da');
  });
});

describe('a selection', () => {
  it('stands in the address', () => {
    const selection = { turn: 't/1 &', span: 's=2' };
    expect(parseSelection(selectionSearch(selection))).toEqual(selection);
  });

  it('has no span without a turn', () => {
    expect(parseSelection('?span=s')).toEqual({ turn: null, span: null });
    expect(selectionSearch({ turn: null, span: null })).toBe('');
  });
});
