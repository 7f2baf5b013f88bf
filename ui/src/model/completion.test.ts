import { describe, expect, it } from 'vitest';

import { complete, pieces, taken, unitsBefore, valueOptions } from './completion';

import type { Grammar } from '../api/schema';

const field = (
  name: string,
  type: string,
  operators: string[],
  hasValues = false,
  aliases: string[] = [],
) => ({
  name,
  type,
  operators,
  aliases,
  meaning: `the ${name}`,
  hasValues,
});
const GRAMMAR: Grammar = {
  fields: [
    field('cost', 'money', ['=', '>'], false, ['totalCost']),
    field('user.id', 'texts', ['=', 'in', 'contains', 'exists'], true, ['userId']),
    field('bookmarked', 'flag', ['=', '!=']),
    field('metadata.<key>', 'value', ['=', 'exists'], true),
  ],
  functions: [
    { name: 'goal', type: 'flag', operators: ['=', '!='], meaning: 'a goal' },
    { name: 'score', type: 'score', operators: ['<', '='], meaning: 'a score' },
  ],
  words: [],
  examples: [],
  limits: { characters: 1, depth: 1, comparisons: 1, values: 1, searchCharacters: 1, searchTerms: 1 },
};
/** The caret stands at `|`. */
const at = (marked: string) => complete(marked.replace('|', ''), marked.indexOf('|'), GRAMMAR);
const labels = (marked: string) => at(marked).options.map(({ label }) => label);

const OPERANDS = ['cost', 'user.id', 'bookmarked', 'metadata.<key>', 'goal("...")', 'score("...")', 'not'];

describe('what can be written next', () => {
  it.each([
    ['|', OPERANDS],
    ['cost > 1 and |', OPERANDS],
    ['not (|', OPERANDS],
    ['bookmarked or us|', ['user.id']],
    ['id|', ['user.id']],
    ['cost |', ['=', '>']],
    ['totalCost |', ['=', '>']],
    ['user.id co|', ['contains']],
    ['bookmarked |', ['=', '!=', 'and', 'or']],
    ['bookmarked = |', ['true', 'false']],
    ['goal("checkout") = |', ['true', 'false']],
    ['score("help") |', ['<', '=']],
    ['metadata["a b"] |', ['=', 'exists']],
    ['cost > 1 |', ['and', 'or']],
    ['user.id exists |', ['and', 'or']],
    ['user.id in ("a", "b") |', ['and', 'or']],
    ['user.id in |', ['(']],
    ['cost > |', []],
    ['nonsense |', []],
  ])('%s', (marked, expected) => {
    expect(labels(marked)).toEqual(expected);
  });

  it.each([
    ['user.id = |', { field: 'user.id', prefix: '' }],
    ['userId = "u-1|', { field: 'user.id', prefix: 'u-1' }],
    ['user.id in ("a", "|', { field: 'user.id', prefix: '' }],
    ['metadata.plan = p|', { field: 'metadata.plan', prefix: 'p' }],
    ['metadata["a b"] = |', { field: 'metadata.a b', prefix: '' }],
    ['goal("che|', { field: 'goal', prefix: 'che' }],
  ])('values for %s', (marked, expected) => {
    expect(at(marked).values).toEqual(expected);
  });

  it('takes the place of what is typed and leaves the rest', () => {
    const completion = at('us| = "a"');
    const [option] = completion.options;
    expect(option && taken('us = "a"', completion, option)).toEqual({ text: 'user.id = "a"', caret: 8 });
  });

  it('writes a value so that the expression reads it back, and closes a function', () => {
    const quoted = valueOptions([{ value: 'a"b\\c', sessionCount: 2 }], at('user.id = |'), String);
    expect(quoted).toEqual([{ insert: '"a\\"b\\\\c" ', label: 'a"b\\c', detail: '2' }]);
    const goal = valueOptions([{ value: 'checkout', sessionCount: null }], at('goal("|'), String);
    expect(goal).toEqual([{ insert: '"checkout") ', label: 'checkout', detail: '' }]);
  });
});

describe('places in characters', () => {
  it('counts code points, not halves of an emoji', () => {
    expect(unitsBefore('😀a', 1)).toBe(2);
    expect(
      pieces('😀 new york', [
        [2, 5],
        [6, 10],
      ]),
    ).toEqual([
      { text: '😀 ', isMatch: false },
      { text: 'new', isMatch: true },
      { text: ' ', isMatch: false },
      { text: 'york', isMatch: true },
    ]);
  });

  it('leaves what does not fit the snippet plain', () => {
    expect(pieces('abc', [[5, 9]])).toEqual([{ text: 'abc', isMatch: false }]);
  });
});
