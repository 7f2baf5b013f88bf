// One thing done to many: a few at a time, with what failed and what can be undone.

export interface Failure<T> {
  item: T;
  error: unknown;
}

export interface Outcome<T, R> {
  done: R[];
  failed: Failure<T>[];
  /** Not begun, because it was stopped. */
  left: number;
}

export interface Counts {
  done: number;
  failed: number;
  total: number;
}

export async function runAll<T, R>(
  items: readonly T[],
  atOnce: number,
  task: (item: T) => Promise<R>,
  onProgress: (counts: Counts) => void,
  isStopped: () => boolean,
): Promise<Outcome<T, R>> {
  const outcome: Outcome<T, R> = { done: [], failed: [], left: 0 };
  let next = 0;
  const tell = (): void =>
    onProgress({ done: outcome.done.length, failed: outcome.failed.length, total: items.length });
  const work = async (): Promise<void> => {
    while (next < items.length && !isStopped()) {
      const item = items[next++] as T;
      try {
        outcome.done.push(await task(item));
      } catch (error) {
        outcome.failed.push({ item, error });
      }
      tell();
    }
  };
  tell();
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  return { ...outcome, left: items.length - outcome.done.length - outcome.failed.length };
}

/** The longest filter expression that the server reads. */
const MOST_CHARACTERS = 4_000;

/** The expression that chooses these sessions and no others; `null` where they are too many to name. */
export function byIds(ids: readonly string[]): string | null {
  const expression = `session.id in (${ids.map((id) => JSON.stringify(id)).join(', ')})`;
  return expression.length <= MOST_CHARACTERS && ids.length > 0 ? expression : null;
}
