import { expect, it } from 'vitest';

import { highest, stacked } from './stack';

it('lays series on top of each other, in their order and without gaps', () =>
  expect(
    stacked(
      [
        { key: 'a', values: [1, 0, 2] },
        { key: 'b', values: [3, 4, 0] },
      ],
      4,
    ),
  ).toEqual([
    [
      { key: 'a', from: 0, to: 1 },
      { key: 'b', from: 1, to: 4 },
    ],
    [{ key: 'b', from: 0, to: 4 }],
    [{ key: 'a', from: 0, to: 2 }],
    [],
  ]));

it('is as high as its highest stack', () => {
  expect(highest(stacked([{ key: 'a', values: [1, 5] }], 2))).toBe(5);
  expect(highest([])).toBe(0);
});
