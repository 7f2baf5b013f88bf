import { describe, expect, it } from 'vitest';

import { visibleName, visibleText } from './visible';

const smuggled = Array.from('ignore', (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join(
  '',
);

describe('what would deceive the eye', () => {
  it('is written out in a name', () => {
    expect(visibleName('invoice\u202Efdp.exe')).toBe('invoice⟨U+202E⟩fdp.exe');
    expect(visibleName('ad\u200Bmin\u0000')).toBe('ad⟨U+200B⟩min⟨U+0000⟩');
    expect(visibleName('two\r\nlines')).toBe('two lines');
  });

  it('is only what no language needs in running text', () => {
    expect(visibleText('a\u202Eb\u200Dc\u200Fd\ne')).toBe('a⟨U+202E⟩b\u200Dc\u200Fd\ne');
  });

  it('is the letters that only a model reads, spelled as it reads them', () => {
    expect(visibleText(`Hello${smuggled}!`)).toBe('Hello⟨hidden: ignore⟩!');
    expect(visibleName(`\u{E0001}${smuggled}`)).toBe('⟨hidden: ignore⟩');
  });

  it('is no flag, which is spelled with the same characters', () => {
    const wales = '\u{1F3F4}\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}';
    expect(visibleText(wales)).toBe(wales);
  });
});
