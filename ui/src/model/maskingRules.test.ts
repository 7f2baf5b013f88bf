import { expect, it } from 'vitest';

import { isSame, marked, replacements, written } from './maskingRules';

import type { MaskingRules } from '../api/schema';

const RULES: MaskingRules = { detectors: ['email'], patterns: [{ name: 'case.no', pattern: 'CASE-[0-9]+' }] };

it('marks what was replaced, by detectors and by patterns', () => {
  expect(marked(RULES, '[case.no] of [e-mail], [caseXno]')).toEqual([
    { text: '[case.no]', isMark: true },
    { text: ' of ', isMark: false },
    { text: '[e-mail]', isMark: true },
    { text: ', [caseXno]', isMark: false },
  ]);
});

it('counts no mark that stood in the sample', () => {
  expect(replacements(RULES, '[e-mail] is a@b.de', '[e-mail] is [e-mail]')).toBe(1);
  expect(replacements(RULES, '', '')).toBe(0);
});

it('are the same in whatever order the detectors are, and not in another order of patterns', () => {
  const two = (first: string, second: string): MaskingRules => ({
    detectors: first === 'a' ? ['email', 'card'] : ['card', 'email'],
    patterns: [first, second].map((name) => ({ name, pattern: 'x' })),
  });
  expect(isSame(two('a', 'b'), { ...two('a', 'b'), detectors: ['card', 'email'] })).toBe(true);
  expect(isSame(two('a', 'b'), two('b', 'a'))).toBe(false);
});

it('leaves out lines that are empty', () => {
  const patterns = [
    { name: ' ', pattern: '' },
    { name: ' a ', pattern: ' x' },
    { name: '', pattern: 'y' },
  ];
  expect(written({ detectors: [], patterns }).patterns).toEqual([
    { name: 'a', pattern: ' x' },
    { name: '', pattern: 'y' },
  ]);
});
