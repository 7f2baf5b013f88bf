import { describe, expect, it } from 'vitest';

import { keyCaps } from './keyCaps';

describe('what stands on the keys', () => {
  it.each([
    ['j', false, ['j']],
    [' ', false, ['space']],
    ['Escape', false, ['esc']],
    ['ArrowLeft ArrowRight', false, ['←', '→']],
    ['+ -', false, ['+', '-']],
    ['Mod+k', false, ['ctrl', 'k']],
    ['Mod+k', true, ['⌘', 'k']],
    ['Shift+ArrowLeft', false, ['shift', '←']],
  ])('of %j, on a Mac: %j', (keys, isMac, caps) => {
    expect(keyCaps(keys, isMac)).toEqual(caps);
  });
});
