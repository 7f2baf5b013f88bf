import { DEFAULT_STATE, SORTS, type ListState } from '../state/listState';

import { asExpression } from './asExpression';
import { readColumns, type ColumnId } from './listColumns';

import type { View, ViewBody } from '../api/schema';

type Content = Pick<ViewBody, 'filter' | 'q' | 'sort' | 'order' | 'columns'>;

/** What a view keeps of the list: filters and time range become one expression. */
export const viewContent = (state: ListState, columns: readonly ColumnId[] | null): Content => ({
  filter: asExpression(state),
  q: state.q,
  sort: state.sort,
  order: state.order,
  columns: [...(columns ?? [])],
});

export const viewColumns = (view: Pick<View, 'columns'>): ColumnId[] | null => readColumns(view.columns);

/** The list as a view shows it. */
export const viewState = (view: Pick<View, 'filter' | 'q' | 'sort' | 'order'>): ListState => ({
  ...DEFAULT_STATE,
  filter: view.filter,
  q: view.q,
  sort: SORTS.find((sort) => sort === view.sort) ?? DEFAULT_STATE.sort,
  order: view.order === 'asc' ? 'asc' : 'desc',
});

/** Whether the list shows something else than the view that it came from. */
export function isChanged(view: View, state: ListState, columns: readonly ColumnId[] | null): boolean {
  const kept = viewContent(viewState(view), viewColumns(view));
  return JSON.stringify(kept) !== JSON.stringify(viewContent(state, columns));
}
