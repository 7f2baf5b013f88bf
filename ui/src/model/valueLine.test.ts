import { expect, it } from 'vitest';

import { valueLine } from './valueLine';

it.each([
  ['a text', 'Hello\n  there', 'Hello there'],
  ['the one text of an object', { message: 'Hello' }, 'Hello'],
  ['several as JSON', { a: 'x', b: 1 }, '{"a":"x","b":1}'],
  ['a list as JSON', [1, 'a'], '[1,"a"]'],
  ['a number', 3, '3'],
  ['nothing', null, ''],
  ['what is long, cut', 'x'.repeat(500), `${'x'.repeat(160)}…`],
])('one line of %s', (_, value, line) => expect(valueLine(value)).toBe(line));
