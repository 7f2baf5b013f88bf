/** Two texts word by word: what both have in order, and what only one has. Linear in the size of texts that are alike. */

export interface Piece {
  text: string;
  /** Whether the other text does not have it here. */
  isOwn: boolean;
}

/** The pieces of both texts; `null` where they are too long or share too little for marks to help. */
export type WordDiff = readonly [readonly Piece[], readonly Piece[]] | null;

/** Beyond it a comparison word by word would keep the page busy. */
const MOST_WORDS = 6000;
const MOST_EDITS = 1200;
/** With a smaller share of words in common nearly everything would be marked. */
const LEAST_SHARED = 0.2;

// A word, one sign of a script that is written without blanks, a stretch of blanks, or any other single character.
const TOKEN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]\p{M}*|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])[\p{L}\p{N}\p{M}_])+|\s+|./gsu;

const tokens = (text: string): string[] => text.match(TOKEN) ?? [];
const isBlank = (token: string): boolean => /^\s+$/.test(token);

export function wordDiff(a: string, b: string): WordDiff {
  if (a.length + b.length > MOST_WORDS * 12) return null;
  const left = tokens(a);
  const right = tokens(b);
  if (left.length > MOST_WORDS || right.length > MOST_WORDS) return null;
  const shared = common(left, right);
  if (shared === null) return null;
  const words = shared.filter(([i]) => !isBlank(left[i] ?? '')).length;
  const most = Math.max(...[left, right].map((side) => side.filter((token) => !isBlank(token)).length));
  if (most > 0 && words / most < LEAST_SHARED) return null;
  return [
    pieces(
      left,
      shared.map(([i]) => i),
    ),
    pieces(
      right,
      shared.map(([, j]) => j),
    ),
  ];
}

/** Stretches of what is shared and what is not; a blank between two own words is own too, so that marks do not fray. */
function pieces(side: readonly string[], shared: readonly number[]): Piece[] {
  const isShared = new Set(shared);
  const own = side.map((_, at) => !isShared.has(at));
  for (let at = 1; at < side.length - 1; at += 1)
    if (own[at - 1] && own[at + 1] && isBlank(side[at] ?? '')) own[at] = true;
  const found: Piece[] = [];
  side.forEach((token, at) => {
    const isOwn = own[at] ?? false;
    const last = found.at(-1);
    if (last?.isOwn === isOwn) last.text += token;
    else found.push({ text: token, isOwn });
  });
  return found;
}

/** The places of a longest common subsequence (Myers, 1986); `null` beyond `MOST_EDITS` differences. */
function common(a: readonly string[], b: readonly string[]): [number, number][] | null {
  let begin = 0;
  while (begin < a.length && begin < b.length && a[begin] === b[begin]) begin += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - begin && a[a.length - 1 - end] === b[b.length - 1 - end])
    end += 1;
  const middle = between(a.slice(begin, a.length - end), b.slice(begin, b.length - end));
  if (middle === null) return null;
  return [
    ...Array.from({ length: begin }, (_, at): [number, number] => [at, at]),
    ...middle.map(([i, j]): [number, number] => [i + begin, j + begin]),
    ...Array.from({ length: end }, (_, at): [number, number] => [a.length - end + at, b.length - end + at]),
  ];
}

function between(a: readonly string[], b: readonly string[]): [number, number][] | null {
  const most = Math.min(a.length + b.length, MOST_EDITS);
  const furthest = new Int32Array(2 * most + 3);
  const at = (diagonal: number): number => furthest[diagonal + most + 1] ?? 0;
  const trail: Int32Array[] = [];
  for (let edits = 0; edits <= most; edits += 1) {
    trail.push(furthest.slice(most + 1 - edits - 1, most + 1 + edits + 2));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const isDown = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) < at(diagonal + 1));
      let i = isDown ? at(diagonal + 1) : at(diagonal - 1) + 1;
      while (i < a.length && i - diagonal < b.length && a[i] === b[i - diagonal]) i += 1;
      furthest[diagonal + most + 1] = i;
      if (i >= a.length && i - diagonal >= b.length) return walkedBack(a.length, b.length, trail);
    }
  }
  return null;
}

function walkedBack(i: number, j: number, trail: readonly Int32Array[]): [number, number][] {
  const found: [number, number][] = [];
  for (let edits = trail.length - 1; edits >= 0; edits -= 1) {
    const before = trail[edits];
    // The row of `edits` holds the diagonals from -edits - 1 on.
    const at = (diagonal: number): number => before?.[diagonal + edits + 1] ?? 0;
    const diagonal = i - j;
    const isDown = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) < at(diagonal + 1));
    const from = isDown ? diagonal + 1 : diagonal - 1;
    const startI = edits === 0 ? 0 : at(from);
    const startJ = edits === 0 ? 0 : startI - from;
    const afterI = edits === 0 ? 0 : isDown ? startI : startI + 1;
    while (i > afterI) {
      i -= 1;
      j -= 1;
      found.push([i, j]);
    }
    i = startI;
    j = startJ;
  }
  return found.reverse();
}
