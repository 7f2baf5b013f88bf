import { moment } from '../format/time';

import type { Trace } from '../api/schema';

/** The figures of one turn, or of several that stand together where there are more turns than bars have room. */
export interface TurnBin {
  /** The first and the last turn in it, from 1. */
  from: number;
  to: number;
  /** The trace of the first one: where the bar leads. */
  id: string;
  /** Means per turn, so that a bin of many is as high as its turns are. */
  fresh: number;
  cached: number;
  completion: number;
  reasoning: number;
  cost: number;
  /** Prompt tokens per model call: how far the context has grown. */
  context: number;
  /** Of all turns up to and with this bin. */
  costSoFar: number;
  /** The longest of its turns: a mean would hide the one that was slow. `null` where none has ended. */
  longest: number | null;
  errors: number;
  unpriced: boolean;
}

type TurnFacts = Pick<
  Trace,
  | 'id'
  | 'startTime'
  | 'endTime'
  | 'status'
  | 'promptTokens'
  | 'cachedTokens'
  | 'completionTokens'
  | 'reasoningTokens'
  | 'generationCount'
  | 'totalCost'
  | 'unpricedModels'
>;

function took({ startTime, endTime, status }: TurnFacts): number | null {
  const start = moment(startTime);
  const end = moment(endTime);
  return status === 'running' || start === null || end === null ? null : Math.max(0, end - start);
}

const sum = (turns: readonly TurnFacts[], of: (turn: TurnFacts) => number): number =>
  turns.reduce((total, turn) => total + of(turn), 0);

function binOf(turns: readonly TurnFacts[], from: number, costBefore: number): TurnBin {
  const count = Math.max(1, turns.length);
  const prompt = sum(turns, (turn) => turn.promptTokens);
  const cached = sum(turns, (turn) => Math.min(turn.cachedTokens, turn.promptTokens));
  const completion = sum(turns, (turn) => turn.completionTokens);
  const reasoning = sum(turns, (turn) => Math.min(turn.reasoningTokens, turn.completionTokens));
  const cost = sum(turns, (turn) => turn.totalCost);
  const lengths = turns.map(took).filter((length) => length !== null);
  return {
    from,
    to: from + turns.length - 1,
    id: turns[0]?.id ?? '',
    fresh: (prompt - cached) / count,
    cached: cached / count,
    completion: (completion - reasoning) / count,
    reasoning: reasoning / count,
    cost: cost / count,
    context:
      prompt /
      Math.max(
        1,
        sum(turns, (turn) => turn.generationCount),
      ),
    costSoFar: costBefore + cost,
    longest: lengths.length === 0 ? null : Math.max(...lengths),
    errors: turns.filter(({ status }) => status === 'error').length,
    unpriced: turns.some(({ unpricedModels }) => unpricedModels.length > 0),
  };
}

/** `turns` in order, from turn number `first` on, as at most `most` bins of equally many turns. */
export function binTurns(turns: readonly TurnFacts[], most: number, first = 1, costBefore = 0): TurnBin[] {
  const size = Math.max(1, Math.ceil(turns.length / Math.max(1, most)));
  const bins: TurnBin[] = [];
  let cost = costBefore;
  for (let at = 0; at < turns.length; at += size) {
    const bin = binOf(turns.slice(at, at + size), first + at, cost);
    cost = bin.costSoFar;
    bins.push(bin);
  }
  return bins;
}

/** Round values to mark on an axis from 0 to at least `most`: 1, 2 or 5 times a power of ten apart, 2 to 5 of them. */
export function axisMarks(most: number): number[] {
  if (!(most > 0)) return [0];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 10 * power;
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** `7`, or `26-50`. */
export const binName = ({ from, to }: Pick<TurnBin, 'from' | 'to'>): string =>
  from === to ? String(from) : `${from}-${to}`;
