// What can be written next in a filter expression. It reads what stands before the caret, as far as that can be read;
// what is wrong is for the server to say.

import type { Grammar } from '../api/schema';

export interface Option {
  /** What is written in the place of `[from, to)`. */
  insert: string;
  label: string;
  detail: string;
}

export interface Completion {
  from: number;
  to: number;
  options: Option[];
  /** The field whose values belong here, and the beginning that is written already. */
  values: { field: string; prefix: string } | null;
}

type Kind = 'word' | 'text' | 'operator' | 'open' | 'close' | 'comma';
interface Token {
  kind: Kind;
  text: string;
  from: number;
  /** A text whose closing quote is not written yet. */
  isOpen: boolean;
}

type Expects = 'operand' | 'operator' | 'value' | 'list' | 'join' | 'argument';

const TOKEN =
  /\s+|(?<text>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)|(?<operator>[=!<>]=?)|(?<open>\()|(?<close>\))|(?<comma>,)|(?<word>(?:\[(?:"(?:[^"\\]|\\.)*"?)?\]?|[^\s"'()=!<>,[])+)|./gsu;

function tokens(text: string): Token[] {
  return [...text.matchAll(TOKEN)].flatMap((found) => {
    const groups: Record<string, string | undefined> = found.groups ?? {};
    const entry = Object.entries(groups).find(([, value]) => value !== undefined);
    if (entry === undefined) return [];
    const [whole] = found;
    const isOpen = entry[0] === 'text' && !/^(["'])(?:[^\\]|\\.)*\1$/s.test(whole);
    return [{ kind: entry[0] as Kind, text: whole, from: found.index, isOpen }];
  });
}

const PHRASES = ['in', 'contains', 'startswith', 'exists'];

/** Where the words before the caret lead: what is expected next, and of which field or function. */
function follow(read: readonly Token[], grammar: Grammar): { expects: Expects; subject: string } {
  let expects: Expects = 'operand';
  let subject = '';
  for (const { kind, text } of read) {
    const word = text.toLowerCase();
    if (expects === 'operand') {
      if (kind !== 'word' || word === 'not') continue;
      subject = text;
      expects = grammar.functions.some(({ name }) => name === text) ? 'argument' : 'operator';
    } else if (expects === 'argument') {
      if (kind === 'close') expects = 'operator';
    } else if (expects === 'operator') {
      if (kind === 'word' && (word === 'and' || word === 'or')) expects = 'operand';
      else if (kind === 'close' || word === 'exists') expects = 'join';
      else if (kind === 'operator' || PHRASES.includes(word)) expects = word === 'in' ? 'list' : 'value';
    } else if (expects === 'list') {
      if (kind === 'close') expects = 'join';
    } else if (expects === 'value') {
      expects = 'join';
    } else if (kind === 'word' && (word === 'and' || word === 'or')) {
      expects = 'operand';
    }
  }
  return { expects, subject };
}

const join = (words: readonly string[]): Option[] =>
  words.map((word) => ({ insert: `${word} `, label: word, detail: '' }));

function operands(grammar: Grammar): Option[] {
  const fields = grammar.fields.map(({ name, type, meaning }) => ({
    insert: type === 'value' ? name.replace('<key>', '') : `${name} `,
    label: name,
    detail: meaning,
  }));
  const functions = grammar.functions.map(({ name, meaning }) => ({
    insert: `${name}("`,
    label: `${name}("...")`,
    detail: meaning,
  }));
  return [...fields, ...functions, { insert: 'not ', label: 'not', detail: 'the opposite of what follows' }];
}

/** The field or function that a word of the expression means. */
export function fieldOf(grammar: Grammar, word: string) {
  const named = grammar.fields.find(({ name, aliases }) => name === word || aliases.includes(word));
  if (named !== undefined) return named;
  if (/^metadata[.[]/.test(word)) return grammar.fields.find(({ type }) => type === 'value');
  return grammar.functions.find(({ name }) => name === word);
}

function valuesField(grammar: Grammar, subject: string): string | null {
  const field = fieldOf(grammar, subject);
  if (field === undefined || !('hasValues' in field)) return null;
  if (field.type === 'value') return `metadata.${keyOf(subject)}`;
  return field.hasValues ? field.name : null;
}

const keyOf = (subject: string): string =>
  subject.startsWith('metadata[') ? unquoted(subject.slice(9, -1)) : subject.slice('metadata.'.length);

const unquoted = (text: string): string => text.replace(/^["']|["']$/g, '').replace(/\\(["'\\])/g, '$1');

/** A value as the expression writes it. */
export const written = (value: unknown): string =>
  typeof value === 'string'
    ? `"${value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`
    : String(value);

const begins = (typed: string) => {
  const start = typed.toLowerCase();
  return ({ label }: Option): boolean =>
    label.toLowerCase().startsWith(start) || (start.length > 1 && label.toLowerCase().includes(`.${start}`));
};

export function complete(text: string, caret: number, grammar: Grammar): Completion {
  const before = tokens(text.slice(0, caret));
  const last = before.at(-1);
  const isTouched =
    last !== undefined && (last.isOpen || (last.kind === 'word' && last.from + last.text.length === caret));
  const typed = isTouched ? last.text : '';
  const { expects, subject } = follow(isTouched ? before.slice(0, -1) : before, grammar);
  const place = { from: caret - typed.length, to: caret };
  const offer = (options: Option[]): Completion => ({
    ...place,
    options: options.filter(begins(typed)),
    values: null,
  });
  switch (expects) {
    case 'operand':
      return offer(operands(grammar));
    case 'operator':
      return offer([
        ...join(fieldOf(grammar, subject)?.operators ?? []),
        ...(fieldOf(grammar, subject)?.type === 'flag' ? join(['and', 'or']) : []),
      ]);
    case 'join':
      return offer(join(['and', 'or']));
    case 'argument':
      return { ...place, options: [], values: { field: subject, prefix: unquoted(typed) } };
    default: {
      const field = valuesField(grammar, subject);
      const isFlag = fieldOf(grammar, subject)?.type === 'flag';
      if (isFlag || subject === 'goal') return offer(join(['true', 'false']));
      if (expects === 'list' && before.at(-1)?.text.toLowerCase() === 'in')
        return {
          ...place,
          from: caret,
          options: [{ insert: '(', label: '(', detail: 'a list of values' }],
          values: null,
        };
      return {
        ...place,
        options: [],
        values: field === null ? null : { field, prefix: unquoted(typed) },
      };
    }
  }
}

/** The options made of values that the server listed; inside a function's brackets they close it. */
export function valueOptions(
  values: readonly { value: unknown; sessionCount: number | null }[],
  { values: asked }: Completion,
  say: (count: number) => string,
): Option[] {
  const isArgument = asked?.field === 'goal' || asked?.field === 'score';
  const options = values.map(({ value, sessionCount }) => ({
    insert: `${written(value)}${isArgument ? ') ' : ' '}`,
    label: typeof value === 'string' ? value : JSON.stringify(value),
    detail: sessionCount === null ? '' : say(sessionCount),
  }));
  // What was listed for an earlier beginning may still stand here while the next answer is on its way.
  const start = asked?.prefix.toLowerCase() ?? '';
  return options.filter(({ label }) => label.toLowerCase().startsWith(start));
}

/** The text with an option taken, and where the caret then stands. */
export function taken(
  text: string,
  { from, to }: Completion,
  option: Option,
): { text: string; caret: number } {
  const rest = text.slice(to);
  const isDoubled = option.insert.endsWith(' ') && rest.startsWith(' ');
  const insert = isDoubled ? option.insert.slice(0, -1) : option.insert;
  return { text: text.slice(0, from) + insert + rest, caret: from + insert.length + (isDoubled ? 1 : 0) };
}

/** A code point's place in characters of JavaScript. */
export const unitsBefore = (text: string, position: number): number =>
  Array.from(text).slice(0, position).join('').length;

export interface Piece {
  text: string;
  isMatch: boolean;
}

/** A snippet cut at its highlights, which count code points; what does not fit the text is left plain. */
export function pieces(snippet: string, highlights: readonly (readonly number[])[]): Piece[] {
  const characters = Array.from(snippet);
  const found: Piece[] = [];
  let at = 0;
  const add = (to: number, isMatch: boolean): void => {
    if (to > at) found.push({ text: characters.slice(at, to).join(''), isMatch });
    at = Math.max(at, to);
  };
  for (const [from = 0, to = 0] of highlights) {
    add(Math.min(from, characters.length), false);
    add(Math.min(to, characters.length), true);
  }
  add(characters.length, false);
  return found;
}
