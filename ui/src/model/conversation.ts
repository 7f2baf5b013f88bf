import { moment } from '../format/time';

import { countUpTo } from './foldedTime';
import { fullText, oneLine } from './values';

import type { ContentPart, Message, SpanError, ToolCall, Turn } from '../api/schema';

export type Item =
  | { kind: 'system'; text: string; changed: boolean; spanId: string | null }
  | { kind: 'message'; role: string; parts: ContentPart[]; modelName: string | null; spanId: string | null }
  | {
      kind: 'tool';
      call: ToolCall;
      result: ContentPart[] | null;
      spanId: string | null;
      resultSpanId: string | null;
      /** The later turn that brought the result, where it was not the call's own. */
      resultTurn: number | null;
    }
  | { kind: 'error'; error: Partial<SpanError> };

export interface FoldedTurn {
  /** Its place in the session, from 1. */
  number: number;
  turn: Turn;
  items: Item[];
}

/** What kind of part it is; what comes without one is shown raw anyway. */
export const kindOf = (part: ContentPart): string => (typeof part.type === 'string' ? part.type : 'part');

export function partsText(parts: readonly ContentPart[]): string {
  return parts.map((part) => (typeof part.text === 'string' ? part.text : `[${kindOf(part)}]`)).join('\n');
}

const isSystem = (role: string): boolean => role === 'system' || role === 'developer';

type ToolItem = Extract<Item, { kind: 'tool' }>;

/** What is known while reading from the first turn to the last. */
interface Reading {
  system: string | null;
  /** Calls that have no result yet, with the turn that made them. */
  open: { item: ToolItem; number: number }[];
}

function takeCall({ open }: Reading, message: Message, number: number): ToolItem | undefined {
  const { toolCallId, name } = message;
  // Callers that leave the ids out answer their calls in order, in the same turn.
  const at = open.findIndex(({ item: { call }, number: made }) =>
    toolCallId ? call.id === toolCallId : made === number && (!name || call.name === name),
  );
  return at < 0 ? undefined : open.splice(at, 1)[0]?.item;
}

function readResult(message: Message, number: number, reading: Reading, items: Item[]): void {
  const spanId = message.spanId ?? null;
  const asked = takeCall(reading, message, number);
  if (asked === undefined) {
    const call = { id: message.toolCallId ?? null, name: message.name ?? 'tool', arguments: null };
    items.push({
      kind: 'tool',
      call,
      result: message.content,
      spanId,
      resultSpanId: spanId,
      resultTurn: null,
    });
    return;
  }
  asked.result = message.content;
  asked.resultSpanId = spanId;
  if (!items.includes(asked)) asked.resultTurn = number;
}

function readMessage(message: Message, number: number, reading: Reading, items: Item[]): void {
  const spanId = message.spanId ?? null;
  const { role, content: parts, modelName = null } = message;
  const calls = message.toolCalls ?? [];
  if (parts.length > 0 || calls.length === 0) items.push({ kind: 'message', role, parts, modelName, spanId });
  for (const call of calls) {
    const item: ToolItem = { kind: 'tool', call, result: null, spanId, resultSpanId: null, resultTurn: null };
    items.push(item);
    reading.open.push({ item, number });
  }
}

function readTurn(turn: Turn, number: number, reading: Reading): Item[] {
  const items: Item[] = [];
  for (const message of turn.messages) {
    if (isSystem(message.role)) {
      const text = partsText(message.content);
      const changed = reading.system !== null;
      if (text !== reading.system)
        items.push({ kind: 'system', text, changed, spanId: message.spanId ?? null });
      reading.system = text;
    } else if (message.role === 'tool') {
      readResult(message, number, reading, items);
    } else {
      readMessage(message, number, reading, items);
    }
  }
  if (turn.error !== null) items.push({ kind: 'error', error: turn.error });
  else if (turn.status === 'error') items.push({ kind: 'error', error: {} });
  return items;
}

/**
 * Turns as they are read: a call and its result are one item even where the result came with the next turn, the
 * system prompt stands where it first appears and again only where it changes, the error stands where the turn broke.
 */
export function foldConversation(turns: readonly Turn[]): FoldedTurn[] {
  const reading: Reading = { system: null, open: [] };
  return turns.map((turn, i) => ({ number: i + 1, turn, items: readTurn(turn, i + 1, reading) }));
}

export function errorLine(error: Partial<SpanError>): string {
  const parts = [error.type, error.message].filter((part) => typeof part === 'string' && part !== '');
  return parts.length === 0 ? 'The turn ended in an error that says nothing about itself.' : parts.join(': ');
}

/** One turn as plain text, for the clipboard. */
export function turnText({ items }: FoldedTurn): string {
  const blocks = items.map((item) => {
    switch (item.kind) {
      case 'system':
        return `System:\n${item.text}`;
      case 'message':
        return `${roleName(item.role)}:\n${partsText(item.parts)}`;
      case 'tool': {
        const result = item.result === null ? '' : ` -> ${partsText(item.result)}`;
        return `Tool: ${item.call.name}(${oneLine(fullText(item.call.arguments), 2000)})${result}`;
      }
      case 'error':
        return `Error: ${errorLine(item.error)}`;
    }
  });
  return blocks.join('\n\n');
}

/** `user` is `User`; a role that is not known keeps its own word. */
export function roleName(role: string): string {
  return role === '' ? 'Message' : role.charAt(0).toUpperCase() + role.slice(1);
}

const startOf = ({ turn }: FoldedTurn): number => moment(turn.startTime) ?? -Infinity;

/** The turns that had begun at a moment of the session; all of them without one. */
export function turnsUntil(turns: readonly FoldedTurn[], until: number | null): readonly FoldedTurn[] {
  return until === null ? turns : turns.slice(0, countUpTo(turns, until, startOf));
}

export const isOverAt = ({ endTime }: Pick<Turn, 'endTime'>, until: number | null): boolean =>
  until === null || (moment(endTime) ?? -Infinity) <= until;

/** What a turn began with: everything before the first answer, step or error. */
export function askedItems(items: readonly Item[]): Item[] {
  const answer = items.findIndex(
    (item) =>
      item.kind === 'tool' || item.kind === 'error' || (item.kind === 'message' && item.role !== 'user'),
  );
  return items.slice(0, answer < 0 ? items.length : answer);
}
