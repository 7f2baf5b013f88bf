import { describe, expect, it } from 'vitest';

import {
  alignmentSentence,
  changeFigure,
  counterparts,
  nextDifference,
  pairSentence,
  type Unit,
} from './sessionPair';

import type { ComparedTurn, TurnPair } from '../api/schema';
import type { Item } from './conversation';

const TURN = {} as ComparedTurn;

const pair = (differs: TurnPair['differs'], sides: Partial<TurnPair> = {}): TurnPair => ({
  position: 1,
  match: 'input',
  differs,
  a: TURN,
  b: TURN,
  differences: null,
  ...sides,
});

const said = (role: string, text: string): Item => ({
  kind: 'message',
  role,
  parts: [{ type: 'text', text }],
  modelName: null,
  spanId: null,
});

describe('how much more the second has', () => {
  it.each<[number | null, Unit, string]>([
    [1200, 'duration', '+1.2s'],
    [-340, 'tokens', '-340 tok'],
    [0.0031, 'cost', '+$0.0031'],
    [-2, 'count', '-2'],
    [0, 'tokens', '±0'],
    [null, 'cost', '-'],
  ])('%j as %s reads %s', (change, unit, text) => expect(changeFigure(change, unit).text).toBe(text));

  it('is exact on hover', () => {
    expect(changeFigure(-12_340, 'tokens').title).toBe('The second has 12,340 tokens less');
    expect(changeFigure(null, 'cost')).toMatchObject({ known: false });
  });
});

describe('in what two turns differ', () => {
  it.each<[TurnPair, string]>([
    [pair([]), 'Same words'],
    [pair(['output']), 'Output differs'],
    [pair(['output', 'tools']), 'Output and tool calls differ'],
    [pair(['tools']), 'Tool calls differ'],
    [pair(['status', 'error', 'input']), 'Error and input differ'],
    [pair([], { match: null, b: null }), 'Only in A'],
    [pair([], { match: null, a: null }), 'Only in B'],
  ])('is said in words', (one, text) => expect(pairSentence(one)).toBe(text));

  it('is told of the whole sessions in one sentence', () => {
    const alignment = {
      positionCount: 5,
      sameInputCount: 2,
      sameNameCount: 1,
      onlyACount: 0,
      onlyBCount: 2,
      differingCount: 3,
      firstDifference: null,
    };
    expect(alignmentSentence({ alignment })).toBe(
      '5 positions: 2 with the same input, 1 with the same name, 2 only in B; 3 differ in words, tools or errors.',
    );
  });

  it('is found from where one reads, both ways', () => {
    const pairs = [pair(['output']), pair([]), pair([], { match: null, b: null }), pair([])];
    expect([-1, 0, 1, 2].map((from) => nextDifference(pairs, from, 1))).toEqual([0, 2, 2, -1]);
    expect([4, 2, 0].map((from) => nextDifference(pairs, from, -1))).toEqual([2, 0, -1]);
  });
});

describe('what stands in the place of a message', () => {
  it('is what the same role said, counted from the end', () => {
    const tool: Item = {
      kind: 'tool',
      call: { name: 'look', arguments: {} },
      result: null,
      spanId: null,
      resultSpanId: null,
      resultTurn: null,
    };
    expect(
      counterparts(
        [said('user', 'hi'), said('user', 'where?'), tool, said('assistant', 'here')],
        [said('user', 'where is it?'), said('assistant', 'there')],
      ),
    ).toEqual([null, 'where is it?', null, 'there']);
  });
});
