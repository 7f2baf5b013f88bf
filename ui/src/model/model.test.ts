import { describe, expect, it } from 'vitest';

import { foldConversation, turnText } from './conversation';
import { parseInline, parseMarkdown, safeHref } from './markdown';
import { buildSpanTree, visibleRows } from './spanTree';
import { costFigure, sessionTitle, tokensFigure, turnFigures } from './totals';
import { argumentsLine, mainText } from './values';

import type { Message, Span, Turn } from '../api/schema';

const span = (id: string, parentId: string | null, second = 0): Span =>
  ({ id, parentId, startTime: new Date(second * 1000).toISOString() }) as Span;

const shape = (spans: Span[], collapsed: string[] = []): string[] =>
  visibleRows(buildSpanTree(spans), new Set(collapsed)).map(
    ({ span: { id }, depth, oddity }) => `${' '.repeat(depth)}${id}${oddity === null ? '' : ` (${oddity})`}`,
  );

describe('the span tree', () => {
  it('orders siblings by time, whatever order they came in', () => {
    expect(shape([span('c', 'a', 3), span('b', 'a', 1), span('d', 'b', 2), span('a', null)])).toEqual([
      'a',
      ' b',
      '  d',
      ' c',
    ]);
  });

  it('hides what lies under a collapsed span', () => {
    expect(shape([span('a', null), span('b', 'a'), span('c', 'b'), span('d', 'a', 1)], ['b'])).toEqual([
      'a',
      ' b',
      ' d',
    ]);
  });

  it('keeps a span whose parent is missing', () => {
    expect(shape([span('a', null), span('b', 'gone', 1)])).toEqual(['a', 'b (orphan)']);
  });

  it('cuts cycles and self-parents once and loses nothing', () => {
    const rows = shape([span('a', 'c'), span('b', 'a'), span('c', 'b'), span('d', 'd')]);
    expect(rows).toHaveLength(4);
    expect(rows.filter((row) => row.includes('(cycle)'))).toHaveLength(2);
  });

  it('does not mind a depth of 50,000', () => {
    const deep = Array.from({ length: 50_000 }, (_, i) => span(`s${i}`, i === 0 ? null : `s${i - 1}`));
    expect(visibleRows(buildSpanTree(deep), new Set())).toHaveLength(50_000);
  });
});

const turn = (messages: Message[], more: Partial<Turn> = {}): Turn => ({
  traceId: 't',
  name: 'chat-turn',
  startTime: '2026-11-23T10:30:00Z',
  endTime: '2026-11-23T10:30:02Z',
  status: 'ok',
  error: null,
  totalTokens: 0,
  totalCost: 0,
  messages,
  ...more,
});
const say = (role: string, text: string): Message => ({ role, content: [{ type: 'text', text }] });

describe('the conversation', () => {
  it('puts a result to its call, by id and else by order', () => {
    const [folded] = foldConversation([
      turn([
        {
          role: 'assistant',
          content: [],
          toolCalls: [
            { id: 'c-1', name: 'lookup', arguments: { id: 1 } },
            { id: 'c-2', name: 'lookup', arguments: {} },
          ],
        },
        { ...say('tool', 'second'), toolCallId: 'c-2' },
        { ...say('tool', 'first'), toolCallId: 'c-1' },
        { role: 'assistant', content: [], toolCalls: [{ name: 'search', arguments: 'x' }] },
        { ...say('tool', 'found'), name: 'search' },
        { ...say('tool', 'stray'), toolCallId: 'c-9' },
      ]),
    ]);
    const tools = folded?.items.map((item) =>
      item.kind === 'tool' ? [item.call.name, item.result?.[0]?.text] : item.kind,
    );
    expect(tools).toEqual([
      ['lookup', 'first'],
      ['lookup', 'second'],
      ['search', 'found'],
      ['tool', 'stray'],
    ]);
  });

  it('puts a result that came with the next turn to the call that asked for it', () => {
    const [asking, answering] = foldConversation([
      turn([{ role: 'assistant', content: [], toolCalls: [{ id: 'c-1', name: 'weather', arguments: {} }] }]),
      turn([{ ...say('tool', '18C'), toolCallId: 'c-1' }, say('assistant', 'It is 18C.')]),
    ]);
    expect(asking?.items).toMatchObject([{ kind: 'tool', result: [{ text: '18C' }], resultTurn: 2 }]);
    expect(answering?.items.map((item) => item.kind)).toEqual(['message']);
  });

  it('shows the system prompt once, and again where it changes', () => {
    const turns = ['Be kind.', 'Be kind.', 'Be brief.'].map((prompt) =>
      turn([say('system', prompt), say('user', 'Hi')]),
    );
    const prompts = foldConversation(turns).map(({ items }) =>
      items.flatMap((item) => (item.kind === 'system' ? [[item.text, item.changed]] : [])),
    );
    expect(prompts).toEqual([[['Be kind.', false]], [], [['Be brief.', true]]]);
  });

  it('ends a broken turn with its error', () => {
    const [folded] = foldConversation([
      turn([say('user', 'Hi')], {
        status: 'error',
        error: { type: 'RateLimitError', message: 'slow down', stack: null },
      }),
    ]);
    expect(folded?.items.map((item) => item.kind)).toEqual(['message', 'error']);
    expect(folded && turnText(folded)).toBe('User:\nHi\n\nError: RateLimitError: slow down');
  });
});

describe('markdown', () => {
  it('reads blocks', () => {
    const blocks = parseMarkdown(
      '# Title\ntext\nmore\n\n- a\n- b\n\n1. c\n> q\n---\n```js\n<b>1</b>\n```\n|a|b|\n|-|-|\n|1|2|',
    );
    expect(blocks.map((block) => block.type)).toEqual([
      'heading',
      'paragraph',
      'list',
      'list',
      'quote',
      'rule',
      'code',
      'table',
    ]);
  });

  it('reads tables', () => {
    expect(parseMarkdown('| a | b |\n|---|:-:|\n| 1 | 2 |\nafter')[0]).toMatchObject({
      type: 'table',
      rows: [[[{ text: '1' }], [{ text: '2' }]]],
    });
  });

  it('runs an open fence to the end', () => {
    expect(parseMarkdown('```\na\n# b')).toEqual([{ type: 'code', language: '', text: 'a\n# b' }]);
  });

  it('reads inline marks', () => {
    expect(parseInline('a **b** `c*d` *e* 2*3*4')).toEqual([
      { type: 'text', text: 'a ' },
      { type: 'strong', children: [{ type: 'text', text: 'b' }] },
      { type: 'text', text: ' ' },
      { type: 'code', text: 'c*d' },
      { type: 'text', text: ' ' },
      { type: 'emphasis', children: [{ type: 'text', text: 'e' }] },
      { type: 'text', text: ' 2*3*4' },
    ]);
  });

  it('keeps markup and unsafe addresses as text', () => {
    const text =
      '<img src=x onerror=alert(1)> [x](javascript:alert(1)) [y](data:text/html,z) [z](//evil.example)';
    const types = parseInline(text).map((part) => part.type);
    expect(new Set(types)).toEqual(new Set(['text']));
  });

  it('never loads an image', () => {
    expect(parseInline('![pixel](https://evil.example/p.png?d=secret)')).toEqual([
      { type: 'image', text: 'pixel', href: 'https://evil.example/p.png?d=secret' },
    ]);
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'https://user:pw@evil.example',
    'java\nscript:x',
    ' https://a.example',
    '/relative',
    'file:///etc/passwd',
    'https://\u202Egpj.example',
  ])('does not follow %j', (address) => expect(safeHref(address)).toBe(null));

  it('is quick on hostile text', () => {
    const started = performance.now();
    for (const text of [
      '*'.repeat(20_000),
      '['.repeat(20_000),
      '`'.repeat(20_000),
      '![](('.repeat(5000),
      '**a'.repeat(8000),
    ]) {
      parseMarkdown(text);
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('totals', () => {
  const priced = { totalCost: 0.05, totalTokens: 2500, unpricedModels: [] as string[] };

  it('give the exact value on hover', () => {
    expect(costFigure(priced)).toEqual({ text: '$0.05', title: '$0.05', known: true });
  });

  it('mark a sum that leaves models out', () => {
    expect(costFigure({ ...priced, unpricedModels: ['my-llm'] })).toMatchObject({
      text: '$0.05+',
      title: '$0.05, without my-llm: no price known',
    });
  });

  it('say why there is no number', () => {
    expect(costFigure({ totalCost: 0, totalTokens: 10, unpricedModels: ['my-llm'] })).toEqual({
      text: '-',
      title: 'No price for my-llm.',
      known: false,
    });
    const many = Array.from({ length: 7 }, (_, i) => `m${i}`);
    expect(costFigure({ totalCost: 0, totalTokens: 10, unpricedModels: many }).title).toBe(
      'No price for m0, m1, m2, m3, m4 and 2 more.',
    );
    expect(costFigure({ totalCost: 0, totalTokens: 0, unpricedModels: [] }).known).toBe(false);
    expect(tokensFigure({ totalTokens: 0, generationCount: 2 }).known).toBe(false);
    expect(turnFigures({ totalTokens: 0, totalCost: 0 }).cost.text).toBe('-');
  });

  it('show a model that costs nothing as $0.00', () => {
    expect(costFigure({ totalCost: 0, totalTokens: 10, unpricedModels: [] }).text).toBe('$0.00');
  });

  it('name a session by title, else by first input, else by id', () => {
    const session = { id: 's-1', title: null, firstInput: null };
    expect(sessionTitle({ ...session, title: 'Refund', firstInput: 'Hi' })).toEqual({
      text: 'Refund',
      from: 'title',
    });
    expect(sessionTitle({ ...session, title: ' ', firstInput: ' Hi\n there ' })).toEqual({
      text: 'Hi there',
      from: 'input',
    });
    expect(sessionTitle(session)).toEqual({ text: 's-1', from: 'id' });
  });
});

describe('values', () => {
  it('are one line as arguments', () => {
    expect(argumentsLine('{"id": 1182, "who": "a\\nb"}')).toBe('id=1182, who=a b');
    expect(argumentsLine({})).toBe('');
    expect(argumentsLine('not json')).toBe('not json');
    expect(argumentsLine({ text: 'x'.repeat(500) })).toHaveLength('text='.length + 41);
  });

  it('give the text people mean', () => {
    expect(
      ['plain', { message: 'Hello!', n: 1 }, { anything: 'only' }, { a: 'x', b: 'y' }, null].map(mainText),
    ).toEqual(['plain', 'Hello!', 'only', null, null]);
  });
});
