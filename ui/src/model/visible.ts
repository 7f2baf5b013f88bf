const mark = (character: string): string =>
  `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

// eslint-disable-next-line no-control-regex
const DECEPTIVE = /[\u0000-\u001F\u007F-\u009F\u061C\u200B\u2028-\u202E\u2060-\u2069\uFEFF]/g;

// Tag characters show nothing, and models read them as letters. After a black flag they spell the flag of a region.
const TAGS = /\u{1F3F4}[\u{E0020}-\u{E007E}]+\u{E007F}|[\u{E0001}-\u{E007F}]+/gu;

const letterOf = (tag: string): string => {
  const code = (tag.codePointAt(0) ?? 0) - 0xe0000;
  return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '';
};

const spellTags = (text: string): string =>
  text.includes('\uDB40')
    ? text.replace(TAGS, (run) =>
        run.startsWith('\u{1F3F4}') ? run : `⟨hidden: ${Array.from(run, letterOf).join('')}⟩`,
      )
    : text;

/**
 * A name on one line: characters that would reorder or hide what stands around them are written out. A user called
 * `admin\u202Ex` must not look like anyone else.
 */
export const visibleName = (name: string): string =>
  spellTags(name.replace(/[\t-\r]+/g, ' ').replace(DECEPTIVE, mark));

/** In running text only overrides and hidden letters are written out: everything else is how some languages are spelled. */
export const visibleText = (text: string): string => spellTags(text.replace(/[\u202D\u202E]/g, mark));
