import { exactDuration, formatDuration } from '../format/duration';
import { figure, unknown, type Figure } from '../format/figure';
import { exactCost, formatCost } from '../format/money';
import { formatCompact, formatCount, plural } from '../format/numbers';

import { foldConversation, partsText, type FoldedTurn, type Item } from './conversation';

import type { ComparedTurn, SessionPair, TurnPair } from '../api/schema';

// What two turns that stand side by side say of each other.

export type Unit = 'count' | 'duration' | 'tokens' | 'cost';

const WRITTEN: Record<Unit, { short: (n: number) => string; exact: (n: number) => string }> = {
  count: { short: formatCount, exact: formatCount },
  duration: { short: formatDuration, exact: exactDuration },
  tokens: { short: (n) => `${formatCompact(n)} tok`, exact: (n) => plural(n, 'token') },
  cost: { short: formatCost, exact: exactCost },
};

/** `+1.2s`, `-340 tok`, `±0`: how much more the second has, with its unit. */
export function changeFigure(change: number | null, unit: Unit): Figure {
  if (change === null) return unknown('Not known: a side has calls of models without a price.');
  if (change === 0) return figure('±0', 'Both have the same');
  const sign = change > 0 ? '+' : '-';
  const { short, exact } = WRITTEN[unit];
  const size = Math.abs(change);
  return figure(`${sign}${short(size)}`, `The second has ${exact(size)} ${change > 0 ? 'more' : 'less'}`);
}

const WORDS: Record<TurnPair['differs'][number], string> = {
  input: 'input',
  output: 'output',
  name: 'name',
  tools: 'tool calls',
  status: 'status',
  error: 'error',
  systemPrompt: 'system prompt',
};

export const isDifferent = ({ match, differs }: TurnPair): boolean => match === null || differs.length > 0;

/** In what two turns differ, in a few words. */
export function pairSentence({ a, b, differs }: TurnPair): string {
  if (b === null) return 'Only in A';
  if (a === null) return 'Only in B';
  if (differs.length === 0) return 'Same words';
  // A status that differs is what the error says.
  const told = differs.filter((what) => what !== 'status' || !differs.includes('error'));
  const words = told.map((what) => WORDS[what]);
  const all =
    words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
  return `${all.charAt(0).toUpperCase()}${all.slice(1)} ${words.length === 1 && words[0] !== 'tool calls' ? 'differs' : 'differ'}`;
}

/** How the sessions go together, in one sentence. */
export function alignmentSentence({ alignment }: Pick<SessionPair, 'alignment'>): string {
  const { positionCount, sameInputCount, sameNameCount, onlyACount, onlyBCount, differingCount } = alignment;
  const parts = [
    `${formatCount(sameInputCount)} with the same input`,
    ...(sameNameCount > 0 ? [`${formatCount(sameNameCount)} with the same name`] : []),
    ...(onlyACount > 0 ? [`${formatCount(onlyACount)} only in A`] : []),
    ...(onlyBCount > 0 ? [`${formatCount(onlyBCount)} only in B`] : []),
  ];
  const differ =
    differingCount === 0
      ? 'nothing differs in words'
      : `${formatCount(differingCount)} differ in words, tools or errors`;
  return `${plural(positionCount, 'position')}: ${parts.join(', ')}; ${differ}.`;
}

/** A turn as the conversation shows it. */
export const foldedTurn = (turn: ComparedTurn): FoldedTurn => ({
  ...(foldConversation([{ ...turn, totalCost: turn.totalCost ?? 0 }])[0] ?? { items: [] as Item[] }),
  number: turn.turn,
  turn: { ...turn, totalCost: turn.totalCost ?? 0 },
});

const keyOf = (item: Item): string | null =>
  item.kind === 'message' ? item.role : item.kind === 'system' ? 'system' : null;

const textOf = (item: Item): string | null =>
  item.kind === 'system'
    ? item.text
    : item.kind === 'message' && item.parts.every((part) => typeof part.text === 'string')
      ? partsText(item.parts)
      : null;

/** For each item of one turn the text that the other turn has in its place: the same role, the same count from the end. */
export function counterparts(items: readonly Item[], others: readonly Item[]): (string | null)[] {
  const texts = new Map<string, (string | null)[]>();
  for (const item of others) {
    const key = keyOf(item);
    if (key !== null) texts.set(key, [...(texts.get(key) ?? []), textOf(item)]);
  }
  return [...items]
    .reverse()
    .map((item) => {
      const key = keyOf(item);
      return key === null || textOf(item) === null ? null : (texts.get(key)?.pop() ?? null);
    })
    .reverse();
}

/** The next position that differs, from one on; -1 where none of these does. */
export function nextDifference(pairs: readonly TurnPair[], from: number, by: 1 | -1): number {
  for (let at = from + by; at >= 0 && at < pairs.length; at += by) {
    const pair = pairs[at];
    if (pair !== undefined && isDifferent(pair)) return at;
  }
  return -1;
}
