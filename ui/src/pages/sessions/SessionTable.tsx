import { useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, type CSSProperties } from 'react';

import { Icon } from '../../parts/Icon';
import { LoadMore } from '../../parts/LoadMore';
import { grid, usualColumns, type ColumnId } from '../../model/listColumns';
import { listSearch, withFilter, withSort, type ListState } from '../../state/listState';
import { useFocusOnOpen } from '../../state/focus';
import { useElementWidth } from '../../state/elementWidth';

import { columnsOf, features, type TableMeta } from './columns';
import { SelectBox } from './SelectBox';
import { SkeletonRows } from './SkeletonRows';
import { usePrefetch } from './usePrefetch';
import { useRowKeys } from './useRowKeys';
import classes from './SessionTable.module.css';

import type { FoundSession, Session } from '../../api/schema';
import type { Selection } from './useSelection';

interface Props {
  state: ListState;
  setState: (state: ListState) => void;
  sessions: FoundSession[];
  loading: boolean;
  stale: boolean;
  hasMore: boolean;
  moreError: Error | null;
  fetchMore: () => void;
  retry: () => void;
  onTop: (top: boolean) => void;
  /** `null`: what a table of this width shows when nobody chose. */
  chosen: readonly ColumnId[] | null;
  selection: Selection;
  /** Sessions that were deleted since the list was read: their rows stay, so that nothing moves. */
  gone: ReadonlySet<string>;
  onStar: ((session: Session) => void) | undefined;
}

/** Where each list was left, so that coming back from a session finds it as it was. */
const left = new Map<string, number>();

const HEAD = 32;
const ROW = 46;
const CARD = 72;

export function SessionTable(props: Props) {
  const {
    state,
    setState,
    sessions,
    loading,
    stale,
    hasMore,
    moreError,
    fetchMore,
    onTop,
    chosen,
    selection,
    gone,
    onStar,
  } = props;
  const scroller = useRef<HTMLDivElement>(null);
  useFocusOnOpen(scroller);
  const address = listSearch(state);
  const width = useElementWidth(scroller);
  const isNarrow = width < 640;
  const rowHeight = isNarrow ? CARD : ROW;
  const meta = useMemo<TableMeta>(
    () => ({
      addFilter: (filter) => setState(withFilter(state, filter)),
      ...(onStar === undefined ? {} : { onStar }),
    }),
    [state, setState, onStar],
  );
  const shown = chosen ?? usualColumns(isNarrow ? 0 : width);
  const names = shown.join();
  const columns = useMemo(() => columnsOf(names.split(',') as ColumnId[]), [names]);
  const { template, least } = grid(shown);
  const table = useTable({ features, columns, data: sessions, getRowId: (session) => session.id, meta });
  const { rows } = table.getRowModel();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 12,
    scrollMargin: isNarrow ? 0 : HEAD,
    scrollPaddingStart: isNarrow ? 0 : HEAD,
    initialOffset: left.get(address) ?? 0,
  });
  useEffect(() => virtual.measure(), [virtual, rowHeight]);
  useEffect(() => {
    const element = scroller.current;
    if (element !== null) element.scrollTop = left.get(address) ?? 0;
  }, [address]);

  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const wantsMore = hasMore && moreError === null && !stale && last >= rows.length - 20;
  useEffect(() => {
    if (wantsMore) fetchMore();
  }, [wantsMore, fetchMore]);
  const keyboard = useRowKeys(sessions, virtual, scroller, { selection, onStar });
  const prefetch = usePrefetch();

  return (
    <div
      ref={scroller}
      className={classes.scroller}
      tabIndex={-1}
      data-list-scroller
      data-stale={stale || undefined}
      onScroll={(event) => {
        const { scrollTop } = event.currentTarget;
        left.set(address, scrollTop);
        onTop(scrollTop < 8);
      }}
    >
      <div
        role="table"
        aria-label="Sessions"
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        className={classes.table}
        data-selecting={selection.sessions.length > 0 || undefined}
        style={{ '--columns': template, minWidth: isNarrow ? 0 : least } as CSSProperties}
      >
        <div role="rowgroup">
          <div role="row" aria-rowindex={1} className={classes.head}>
            <div role="columnheader" data-col="select">
              <SelectBox
                label="Select all sessions that are loaded"
                checked={sessions.length > 0 && selection.sessions.length === sessions.length}
                isSome={selection.sessions.length > 0}
                onToggle={selection.toggleLoaded}
              />
            </div>
            {table.getFlatHeaders().map((header) => {
              const { sort, isNumber, tip } = header.column.columnDef.meta ?? {};
              const isStar = header.id === 'bookmarked';
              const sorted = sort !== undefined && sort === state.sort;
              return (
                <div
                  key={header.id}
                  role="columnheader"
                  data-col={header.id}
                  data-number={isNumber}
                  aria-sort={sorted ? (state.order === 'desc' ? 'descending' : 'ascending') : undefined}
                >
                  {sort === undefined ? (
                    <span className={isStar ? 'vh' : undefined} data-tip={tip}>
                      <table.FlexRender header={header} />
                    </span>
                  ) : (
                    <button
                      type="button"
                      data-tip={tip}
                      data-sorted={sorted || undefined}
                      onClick={() => setState(withSort(state, sort))}
                    >
                      {sorted && <Icon name={state.order === 'desc' ? 'arrowDown' : 'arrowUp'} size={11} />}
                      <table.FlexRender header={header} />
                    </button>
                  )}
                </div>
              );
            })}
          </div>
        </div>
        {loading ? (
          <SkeletonRows />
        ) : (
          <div role="rowgroup" className={classes.rows} style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const row = rows[item.index];
              if (row === undefined) return null;
              return (
                <div
                  key={row.id}
                  role="row"
                  aria-rowindex={item.index + 2}
                  data-selected={selection.has(row.id) || undefined}
                  data-index={item.index}
                  data-gone={gone.has(row.id) || undefined}
                  className={classes.row}
                  style={{
                    height: rowHeight,
                    transform: `translateY(${item.start - virtual.options.scrollMargin}px)`,
                  }}
                  onFocus={() => keyboard.setCursor(row.id)}
                  onPointerEnter={() => prefetch.enter(row.id)}
                  onPointerLeave={prefetch.leave}
                >
                  <div role="cell" data-col="select">
                    <SelectBox
                      label="Select this session"
                      checked={selection.has(row.id)}
                      onToggle={(toHere) => selection.toggle(row.id, toHere)}
                    />
                  </div>
                  {row.getAllCells().map((cell) => (
                    <div
                      key={cell.id}
                      role="cell"
                      data-col={cell.column.id}
                      data-number={cell.column.columnDef.meta?.isNumber}
                    >
                      <table.FlexRender cell={cell} />
                    </div>
                  ))}
                </div>
              );
            })}
          </div>
        )}
      </div>
      <LoadMore hasMore={hasMore && !loading} error={moreError} onRetry={props.retry} what="sessions" />
    </div>
  );
}
