// How well a text answers to what was typed: pure, so that the palette's order can be tested without a page.

export interface Fuzzy {
  /** Higher is nearer. */
  score: number;
  /** The letters that answer, as positions in the text, in order. */
  at: number[];
}

const WHOLE_WORD = 8;
const WORD_START = 6;
const NEXT_TO_LAST = 4;
const TEXT_START = 3;
const GAP = 0.2;

const fold = (text: string): string =>
  Array.from(text)
    .map((letter) => {
      const plain = letter.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
      // Positions are those of the text as it is shown.
      return plain.length === letter.length ? plain : letter;
    })
    .join('');

const isWordStart = (text: string, at: number): boolean =>
  at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? '');

/** One word: whole at the begin of a word, else whole anywhere, else its letters in order. */
function oneWord(word: string, text: string): Fuzzy | null {
  const places: number[] = [];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) places.push(at);
  const whole = places.find((at) => isWordStart(text, at)) ?? places[0];
  if (whole !== undefined) {
    const starts = isWordStart(text, whole);
    const bonus = (starts ? WHOLE_WORD + WORD_START : 0) + (whole === 0 ? TEXT_START : 0);
    const at = Array.from({ length: word.length }, (_, i) => whole + i);
    return { score: word.length * (1 + NEXT_TO_LAST) + bonus, at };
  }
  return scattered(word, text);
}

/** Each letter at the next begin of a word where there is one, else as soon as it comes. */
function scattered(word: string, text: string): Fuzzy | null {
  const at: number[] = [];
  let score = 0;
  for (const letter of word) {
    const last = at.at(-1) ?? -1;
    const soonest = text.indexOf(letter, last + 1);
    if (soonest < 0) return null;
    let place = soonest;
    if (soonest !== last + 1 || last < 0) {
      for (let next = soonest; next >= 0; next = text.indexOf(letter, next + 1)) {
        if (!isWordStart(text, next)) continue;
        // Not past the letters that the rest of the word needs.
        const rest = word.slice(at.length + 1);
        if (isIn(rest, text, next + 1)) place = next;
        break;
      }
    }
    const starts = isWordStart(text, place);
    score += 1 + (starts ? WORD_START : 0) + (place === last + 1 && last >= 0 ? NEXT_TO_LAST : 0);
    score -= last < 0 ? 0 : GAP * (place - last - 1);
    at.push(place);
  }
  // Letters strewn over a long text answer to nothing that was meant.
  return score > word.length * 1.5 ? { score, at } : null;
}

function isIn(word: string, text: string, from: number): boolean {
  let at = from - 1;
  return Array.from(word).every((letter) => (at = text.indexOf(letter, at + 1)) >= 0);
}

/** Every word that was typed, in any order; `null` where one does not answer. */
export function fuzzy(typed: string, text: string): Fuzzy | null {
  const folded = fold(text);
  const found = fold(typed)
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => oneWord(word, folded));
  if (found.some((one) => one === null)) return null;
  const all = found.flatMap((one) => one?.at ?? []);
  const score = found.reduce((sum, one) => sum + (one?.score ?? 0), 0);
  return { score: score - text.length * 0.01, at: [...new Set(all)].sort((a, b) => a - b) };
}

export interface Ranked<T> {
  item: T;
  at: number[];
}

/** Those that answer, the nearest first; of equals, as they stood. A text behind the label finds, and is not marked. */
export function ranked<T extends { label: string; words?: string }>(
  items: readonly T[],
  typed: string,
): Ranked<T>[] {
  if (typed.trim() === '') return items.map((item) => ({ item, at: [] }));
  return items
    .flatMap((item) => {
      const shown = fuzzy(typed, item.label);
      if (shown !== null) return [{ item, at: shown.at, score: shown.score }];
      const more = item.words === undefined ? null : fuzzy(typed, `${item.label} ${item.words}`);
      return more === null ? [] : [{ item, at: [], score: more.score / 2 }];
    })
    .sort((a, b) => b.score - a.score)
    .map(({ item, at }) => ({ item, at }));
}
