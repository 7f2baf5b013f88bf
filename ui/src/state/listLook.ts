import { keptColumns, readColumns, type ColumnId } from '../model/listColumns';

import { listSearch, type ListState } from './listState';

/** How the list is shown, beside which sessions it shows: its columns, and the saved view that it came from. */
export interface ListLook {
  /** `null`: as this browser last had it. */
  columns: ColumnId[] | null;
  view: number | null;
}

const MEMORY = 'threadline-columns';

export function parseListLook(search: string): ListLook {
  const query = new URLSearchParams(search);
  const view = Number(query.get('view') ?? '');
  return {
    columns: readColumns((query.get('columns') ?? '').split(',')),
    view: Number.isSafeInteger(view) && view > 0 ? view : null,
  };
}

/** The address of the list: what it shows, then how. */
export function sessionsSearch(state: ListState, { columns, view }: ListLook): string {
  const query = new URLSearchParams(listSearch(state));
  if (view !== null) query.set('view', String(view));
  const search = query.toString();
  // A comma may stand in a query as it is, and reads better so.
  const parts = [search, columns === null ? '' : `columns=${columns.join(',')}`].filter(
    (part) => part !== '',
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

export function rememberedColumns(): ColumnId[] | null {
  try {
    return readColumns((window.localStorage.getItem(MEMORY) ?? '').split(','));
  } catch {
    return null; // The browser keeps nothing: then there is no memory.
  }
}

export function rememberColumns(chosen: readonly ColumnId[]): void {
  try {
    const kept = keptColumns(chosen);
    if (kept === null) window.localStorage.removeItem(MEMORY);
    else window.localStorage.setItem(MEMORY, kept.join(','));
  } catch {
    // As above.
  }
}
