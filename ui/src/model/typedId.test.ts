import { expect, it } from 'vitest';

import { isWritten, toWrite } from './typedId';

it.each([
  ['u-12', 'u-12', true],
  ['u-12', ' u-12 ', true],
  ['u-12', 'U-12', false],
  ['u-12', 'u-1', false],
  ['two\nlines', 'twolines', true],
  ['\u202eu-12', 'u-12', true],
  ['\u200b', '', false],
  ['\u200b', 'erase', true],
  ['u-12', '', false],
])('%j is confirmed by %j: %s', (id, typed, isRight) => expect(isWritten(id, typed)).toBe(isRight));

it('an id that nobody sees has a word instead', () => expect(toWrite('\u202e ')).toBe('erase'));
