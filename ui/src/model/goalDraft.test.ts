import { describe, expect, it } from 'vitest';

import { bodyOf, draftOf, mayBe, NEW_GOAL, newCondition, whenOf, whenSentence } from './goalDraft';

describe('every condition that the API knows', () => {
  it.each([
    [{ tag: 'vip' }, 'a turn has the tag vip'],
    [{ traceName: 'pay' }, 'a turn is named pay'],
    [{ metadata: { channel: 'web', plan: 'pro' } }, 'a turn has the metadata channel = web and plan = pro'],
    [{ outcome: 'solved' }, 'the outcome is solved'],
    [{ errorFree: true }, 'it ends without an error'],
    [{ score: { name: 'q', min: 0.5, max: 1 } }, 'its score q is at least 0.5 and at most 1'],
    [{ score: { name: 'q', label: 'good' } }, 'its score q is labelled good'],
    [
      { sequence: [{ traceName: 'search' }, { tag: 'vip' }, { errorFree: true }] },
      'a turn is named search, then a turn has the tag vip, then it ends without an error',
    ],
  ])('%j is a form that says the same, and a sentence', (when, sentence) => {
    expect(whenOf(draftOf({ name: 'g', when }))).toEqual(when);
    expect(whenSentence(when)).toBe(sentence);
  });
});

it('a metadata value is kept as its text, which matches the same', () =>
  expect(whenOf(draftOf({ name: 'g', when: { metadata: { n: 3, yes: true } } }))).toEqual({
    metadata: { n: '3', yes: 'true' },
  }));

describe('what is not whole yet is none', () => {
  const of = (...conditions: Parameters<typeof whenOf>[0]['conditions']) => whenOf({ name: 'g', conditions });

  it.each([
    ['an empty text', newCondition('tag')],
    ['no pair', newCondition('metadata')],
    ['a pair without a key', { ...newCondition('metadata'), pairs: [{ key: '', value: 'a' }] }],
    [
      'one key twice',
      {
        ...newCondition('metadata'),
        pairs: [
          { key: 'a', value: '1' },
          { key: 'a', value: '2' },
        ],
      },
    ],
    ['a score without bounds', { ...newCondition('score'), text: 'q' }],
    ['a bound that is no number', { ...newCondition('score'), text: 'q', min: 'many' }],
  ])('%s', (_, condition) => expect(of(condition)).toBeNull());

  it('an error-free end before something else', () => {
    expect(of(newCondition('errorFree'), { ...newCondition('tag'), text: 'a' })).toBeNull();
    expect([mayBe('errorFree', 0, 2), mayBe('score', 1, 2), mayBe('tag', 0, 2)]).toEqual([false, true, true]);
  });

  it('a goal without a name', () => {
    const conditions = [{ ...newCondition('tag'), text: 'a' }];
    expect(bodyOf({ name: ' ', conditions })).toBeNull();
    expect(bodyOf({ name: ' g ', conditions })).toEqual({ name: 'g', when: { tag: 'a' } });
    expect(bodyOf(NEW_GOAL)).toBeNull();
  });
});
