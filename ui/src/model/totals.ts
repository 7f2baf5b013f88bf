import { exactDuration, formatDuration } from '../format/duration';
import { figure, unknown, type Figure } from '../format/figure';
import { exactCost, formatCost } from '../format/money';
import { exactTokens, formatTokens } from '../format/numbers';

import { visibleName } from './visible';

import type { Session, Span } from '../api/schema';

type Usage = Pick<Session, 'totalTokens' | 'generationCount'>;

export function tokensFigure(session: Usage): Figure {
  if (session.totalTokens > 0)
    return figure(formatTokens(session.totalTokens), exactTokens(session.totalTokens));
  if (session.generationCount === 0) return unknown('No generation in this session, so no tokens.');
  return unknown('No generation of this session reported its token usage.');
}

const MOST_NAMED = 5;

/** The first of them, and how many more: a project can have hundreds. */
export function someModels(models: readonly string[]): string {
  const more = models.length - MOST_NAMED;
  const named = models.slice(0, MOST_NAMED).map(visibleName).join(', ');
  return more > 0 ? `${named} and ${more} more` : named;
}

/** A sum that leaves out models without a price is marked with `+`. */
export function costFigure(session: Pick<Session, 'totalCost' | 'totalTokens' | 'unpricedModels'>): Figure {
  const { totalCost, totalTokens, unpricedModels } = session;
  if (totalCost > 0) {
    return unpricedModels.length === 0
      ? figure(formatCost(totalCost), exactCost(totalCost))
      : figure(
          `${formatCost(totalCost)}+`,
          `${exactCost(totalCost)}, without ${someModels(unpricedModels)}: no price known`,
        );
  }
  if (unpricedModels.length > 0) return unknown(`No price for ${someModels(unpricedModels)}.`);
  if (totalTokens === 0) return unknown('No token usage, so no cost.');
  return figure(formatCost(0), exactCost(0));
}

export function durationFigure(ms: number | null | undefined, absent = 'It has not ended.'): Figure {
  if (ms === null || ms === undefined) return unknown(absent);
  return figure(formatDuration(ms), exactDuration(ms));
}

/** The tokens of one step: those that reported none are unknown, not zero. */
export function spanTokensFigure(span: Pick<Span, 'totalTokens'>): Figure {
  if (span.totalTokens === 0) return unknown('This step reported no token usage.');
  return figure(formatTokens(span.totalTokens), exactTokens(span.totalTokens));
}

export function spanCostFigure(span: Pick<Span, 'cost' | 'modelName' | 'totalTokens'>): Figure {
  if (span.cost !== null && (span.cost > 0 || span.totalTokens > 0)) {
    return figure(formatCost(span.cost), exactCost(span.cost));
  }
  if (span.totalTokens === 0) return unknown('This step reported no token usage, so no cost.');
  return unknown(
    span.modelName === null ? 'The model is not known, so no price.' : `No price for ${span.modelName}.`,
  );
}

/** Tokens and cost of a turn or trace. */
export function turnFigures(turn: { totalTokens: number; totalCost: number }): {
  tokens: Figure;
  cost: Figure;
} {
  const { totalTokens, totalCost } = turn;
  return {
    tokens:
      totalTokens > 0
        ? figure(formatTokens(totalTokens), exactTokens(totalTokens))
        : unknown('No step of this turn reported token usage.'),
    cost:
      totalCost > 0
        ? figure(formatCost(totalCost), exactCost(totalCost))
        : unknown(totalTokens > 0 ? 'No price for the models of this turn.' : 'No token usage, so no cost.'),
  };
}

/** What a session is called: its title, else the first words of its first input, else its id. */
export function sessionTitle(session: Pick<Session, 'id' | 'title' | 'firstInput'>): {
  text: string;
  from: 'title' | 'input' | 'id';
} {
  const title = session.title?.trim();
  if (title) return { text: title, from: 'title' };
  const input = session.firstInput?.replace(/\s+/g, ' ').trim();
  if (input) return { text: input.length > 160 ? `${input.slice(0, 160)}…` : input, from: 'input' };
  return { text: session.id, from: 'id' };
}
