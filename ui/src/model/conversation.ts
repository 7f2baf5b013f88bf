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

interface OpenCall {
  call: ToolCall;
  item: Extract<Item, { kind: 'tool' }>;
}

function takeCall(open: OpenCall[], message: Message): OpenCall | undefined {
  const byId = message.toolCallId ? open.findIndex(({ call }) => call.id === message.toolCallId) : -1;
  // Callers that leave the ids out answer their calls in order.
  const at =
    byId >= 0 || message.toolCallId
      ? byId
      : open.findIndex(({ call }) => !message.name || call.name === message.name);
  return at < 0 ? undefined : open.splice(at, 1)[0];
}

function itemsOf(turn: Turn, system: { text: string | null }): Item[] {
  const items: Item[] = [];
  const open: OpenCall[] = [];
  for (const message of turn.messages) {
    const spanId = message.spanId ?? null;
    if (isSystem(message.role)) {
      const text = partsText(message.content);
      if (text !== system.text) items.push({ kind: 'system', text, changed: system.text !== null, spanId });
      system.text = text;
      continue;
    }
    if (message.role === 'tool') {
      const taken = takeCall(open, message);
      if (taken !== undefined) {
        taken.item.result = message.content;
        taken.item.resultSpanId = spanId;
      } else {
        const call = { id: message.toolCallId ?? null, name: message.name ?? 'tool', arguments: null };
        items.push({ kind: 'tool', call, result: message.content, spanId, resultSpanId: spanId });
      }
      continue;
    }
    const calls = message.toolCalls ?? [];
    if (message.content.length > 0 || calls.length === 0) {
      items.push({
        kind: 'message',
        role: message.role,
        parts: message.content,
        modelName: message.modelName ?? null,
        spanId,
      });
    }
    for (const call of calls) {
      const item = { kind: 'tool' as const, call, result: null, spanId, resultSpanId: null };
      items.push(item);
      open.push({ call, item });
    }
  }
  if (turn.error !== null) items.push({ kind: 'error', error: turn.error });
  else if (turn.status === 'error') items.push({ kind: 'error', error: {} });
  return items;
}

/**
 * Turns as they are read: a call and its result are one item, the system prompt stands where it first appears and
 * again only where it changes, the error stands where the turn broke.
 */
export function foldConversation(turns: readonly Turn[]): FoldedTurn[] {
  const system = { text: null };
  return turns.map((turn, i) => ({ number: i + 1, turn, items: itemsOf(turn, system) }));
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
