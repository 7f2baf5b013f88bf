const mark = (character: string): string =>
  `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

// eslint-disable-next-line no-control-regex
const DECEPTIVE = /[\u0000-\u001F\u007F-\u009F\u061C\u200B\u2028-\u202E\u2060-\u2069\uFEFF]/g;

/**
 * A name on one line: characters that would reorder or hide what stands around them are written out. A user called
 * `admin\u202Ex` must not look like anyone else.
 */
export const visibleName = (name: string): string => name.replace(/[\t-\r]+/g, ' ').replace(DECEPTIVE, mark);

/** In running text only the overrides are written out: everything else is how some languages are spelled. */
export const visibleText = (text: string): string => text.replace(/[\u202D\u202E]/g, mark);
