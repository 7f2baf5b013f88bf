/** What is selected on a session's page: a turn (by its trace id) and a span inside it, as the address says. */
export interface Selection {
  turn: string | null;
  span: string | null;
}

export function parseSelection(search: string): Selection {
  const query = new URLSearchParams(search);
  const turn = query.get('turn') || null;
  return { turn, span: turn === null ? null : query.get('span') || null };
}

export function selectionSearch({ turn, span }: Selection): string {
  if (turn === null) return '';
  const query = new URLSearchParams({ turn });
  if (span !== null) query.set('span', span);
  return `?${query.toString()}`;
}
