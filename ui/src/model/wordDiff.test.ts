import { describe, expect, it } from 'vitest';

import { wordDiff, type Piece } from './wordDiff';

/** `~own~` stands for what only this text has. */
const marked = (pieces: readonly Piece[]): string =>
  pieces.map(({ text, isOwn }) => (isOwn ? `~${text}~` : text)).join('');
const both = (a: string, b: string): (string | null)[] => wordDiff(a, b)?.map(marked) ?? [null];

/** The length of a longest common subsequence, as the textbook has it. */
function longest(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const one of a) {
    const next = [0];
    b.forEach((other, j) =>
      next.push(one === other ? (row[j] ?? 0) + 1 : Math.max(next[j] ?? 0, row[j + 1] ?? 0)),
    );
    row = next;
  }
  return row[b.length] ?? 0;
}

describe('two texts word by word', () => {
  it.each([
    ['the parcel left today', 'the parcel left today', 'the parcel left today', 'the parcel left today'],
    ['it left this morning.', 'it left at noon.', 'it left ~this morning~.', 'it left ~at noon~.'],
    ['one two three', 'one three', 'one ~two ~three', 'one three'],
    ['a b c d', 'a x y d', 'a ~b c~ d', 'a ~x y~ d'],
    ['', '', '', ''],
    ['明日は雨です', '明日は晴です', '明日は~雨~です', '明日は~晴~です'],
    ['שלום לכולם כאן', 'שלום לך כאן', 'שלום ~לכולם~ כאן', 'שלום ~לך~ כאן'],
    ['id: 1182!', 'id: 1183!', 'id: ~1182~!', 'id: ~1183~!'],
  ])('%j and %j', (a, b, left, right) => expect(both(a, b)).toEqual([left, right]));

  it('give back both texts, and share as much as they can', () => {
    let state = 7;
    const next = (most: number): number => {
      state = (state * 48271) % 2147483647;
      return state % most;
    };
    for (let round = 0; round < 400; round += 1) {
      const [a, b] = [0, 1].map(() => Array.from({ length: next(24) }, () => 'abcd'.charAt(next(4))));
      const found = wordDiff((a ?? []).join(' '), (b ?? []).join(' '));
      if (found === null) continue;
      const texts = found.map((side) => side.map(({ text }) => text).join(''));
      expect(texts).toEqual([(a ?? []).join(' '), (b ?? []).join(' ')]);
      const shared = found.map((side) =>
        side
          .filter(({ isOwn }) => !isOwn)
          .map(({ text }) => text)
          .join(' ')
          .split(/\s+/)
          .filter((word) => word !== ''),
      );
      expect(shared[0]).toEqual(shared[1]);
      expect(shared[0]?.length ?? 0).toBeLessThanOrEqual(longest(a ?? [], b ?? []));
    }
  });

  it('that share hardly a word are not marked at all', () => {
    expect(wordDiff('where is my parcel today', 'no idea whatsoever about it')).toBeNull();
  });

  it('that are very long are not compared', () => {
    expect(wordDiff('a '.repeat(50_000), 'b '.repeat(50_000))).toBeNull();
  });

  it('keep surrogate pairs and composed signs whole', () => {
    expect(both('hi 👩 e\u0301 there', 'hi 👨 e\u0300 there')).toEqual([
      'hi ~👩 e\u0301~ there',
      'hi ~👨 e\u0300~ there',
    ]);
  });
});
