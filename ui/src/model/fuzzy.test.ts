import { describe, expect, it } from 'vitest';

import { fuzzy, ranked } from './fuzzy';

const marked = (typed: string, text: string): string | null => {
  const found = fuzzy(typed, text);
  return found && Array.from(text, (letter, i) => (found.at.includes(i) ? `[${letter}]` : letter)).join('');
};

describe('a text answers', () => {
  it.each([
    ['', 'Sessions', 'Sessions'],
    ['ses', 'Sessions', '[S][e][s]sions'],
    ['ed', 'Filter expression, edited', 'Filter expression, [e][d]ited'],
    ['sas', 'Share a session', '[S]hare [a] [s]ession'],
    ['tli', 'Theme: light', '[T]heme: [l][i]ght'],
    ['session share', 'Share a session', '[S][h][a][r][e] a [s][e][s][s][i][o][n]'],
    ['kuche', 'Küche', '[K][ü][c][h][e]'],
    ['is', 'İstanbul', '[İ][s]tanbul'],
  ])('to %j: %j', (typed, text, expected) => {
    expect(marked(typed, text)).toBe(expected);
  });

  it.each([
    ['x', 'Sessions'],
    ['sessionz', 'Sessions'],
    ['session users', 'Sessions'],
    ['epd', 'A long text in which the letters of it are strewn: eleven, people, dance'.slice(0, 50)],
  ])('not to %j: %j', (typed, text) => {
    expect(marked(typed, text)).toBeNull();
  });
});

describe('the order', () => {
  const labels = (typed: string, items: { label: string; words?: string }[]): string[] =>
    ranked(items, typed).map(({ item }) => item.label);
  const pages = ['Analytics', 'Compare', 'Users', 'Sessions', 'Settings', 'Choose the columns'].map(
    (label) => ({
      label,
    }),
  );

  it('is as it stood while nothing is typed', () => {
    expect(labels(' ', pages)).toEqual(pages.map(({ label }) => label));
  });

  it('puts the begin of a text before the inside of another', () => {
    expect(labels('se', pages)).toEqual(['Sessions', 'Settings', 'Users', 'Choose the columns']);
    expect(labels('co', pages)).toEqual(['Compare', 'Choose the columns']);
  });

  it('finds by words that are not shown, after those that are', () => {
    const items = [{ label: 'Journeys', words: 'sankey flow' }, { label: 'Flow rates' }];
    expect(labels('flow', items)).toEqual(['Flow rates', 'Journeys']);
    expect(ranked(items, 'sankey')).toEqual([{ item: items[0], at: [] }]);
  });
});
