// Series laid on top of each other.

export interface Layer {
  key: string;
  values: readonly number[];
}

export interface Piece {
  key: string;
  from: number;
  to: number;
}

/** For each of `length` places the pieces of a stack from 0 up, without those of no height. */
export function stacked(layers: readonly Layer[], length: number): Piece[][] {
  return Array.from({ length }, (_, at) => {
    let top = 0;
    return layers.flatMap(({ key, values }) => {
      const value = values[at] ?? 0;
      if (!(value > 0)) return [];
      const from = top;
      top += value;
      return [{ key, from, to: top }];
    });
  });
}

export const highest = (stacks: readonly (readonly Piece[])[]): number =>
  Math.max(0, ...stacks.map((pieces) => pieces.at(-1)?.to ?? 0));
