import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';

import { sessionlessQuery } from '../../api/qualityQueries';
import { ErrorState } from '../../parts/ErrorState';
import { LoadMore } from '../../parts/LoadMore';
import { DEFAULT_STATE, listSearch, parseListState, type Range } from '../../state/listState';
import { navigate, useAddress } from '../../state/location';
import { parseSelection, selectionSearch, type Selection } from '../../state/selection';
import { useShortcut } from '../../state/shortcuts';
import { useTitle } from '../../state/title';
import { InspectorPane, useIsWide } from '../session/InspectorPane';
import session from '../session/SessionPage.module.css';
import { RangeMenu } from '../../parts/filters/RangeMenu';
import toolbar from '../../parts/filters/Toolbar.module.css';

import { Advice } from './Advice';
import { TraceInspector } from './TraceInspector';
import { TraceTable } from './TraceTable';
import classes from './Traces.module.css';

const NONE: never[] = [];

function show(range: Range, selection: Selection, how: 'push' | 'replace' = 'replace'): void {
  const inRange = listSearch({ ...DEFAULT_STATE, range });
  const selected = selectionSearch(selection);
  navigate(`/traces${inRange}${inRange === '' ? selected : selected.replace('?', '&')}`, how);
}

/** Traces that are in no session: what they are, how they come into one, and what is in each. */
export default function TracesPage() {
  useTitle('Traces without a session');
  const { search } = useAddress();
  const range = useMemo(() => parseListState(search).range, [search]);
  const selection = useMemo(() => parseSelection(search), [search]);
  const query = useInfiniteQuery(sessionlessQuery(range));
  const { data, error, isFetching, isPlaceholderData, refetch, hasNextPage, fetchNextPage } = query;
  const traces = useMemo(() => data?.pages.flatMap((page) => page.data) ?? NONE, [data]);
  const isWide = useIsWide();
  const select = useCallback((next: Selection) => show(range, next), [range]);
  const close = (): void => select({ turn: null, span: null });
  const step = (by: 1 | -1): void => {
    const at = traces.findIndex(({ id }) => id === selection.turn);
    const next = traces[at < 0 ? (by > 0 ? 0 : traces.length - 1) : at + by];
    if (next !== undefined) select({ turn: next.id, span: null });
  };
  useShortcut({ keys: 'j', label: 'Next trace', group: 'Traces' }, () => step(1));
  useShortcut({ keys: 'k', label: 'Previous trace', group: 'Traces' }, () => step(-1));
  const isOpen = selection.turn !== null;
  useShortcut({ keys: 'Escape', label: 'Close the inspector', group: 'Traces' }, close, isOpen);
  const inspector =
    selection.turn === null ? null : (
      <TraceInspector
        key={selection.turn}
        traceId={selection.turn}
        spanId={selection.span}
        onSelectSpan={(span) => select({ turn: selection.turn, span })}
        onStep={step}
        onClose={close}
      />
    );
  return (
    <div className={session.page} data-inspecting={(isWide && isOpen) || undefined}>
      <div
        className={classes.main}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          if (hasNextPage && !isFetching && scrollHeight - scrollTop - clientHeight < 600)
            void fetchNextPage();
        }}
      >
        <div className={toolbar.toolbar}>
          <h1 className={toolbar.title}>Traces without a session</h1>
          <div className={toolbar.filters} role="group" aria-label="Filters">
            <RangeMenu range={range} onChange={(next) => show(next, selection, 'push')} />
          </div>
        </div>
        <Advice range={range} />
        {error !== null && data === undefined ? (
          <ErrorState what="Cannot list the traces" error={error} onRetry={() => void refetch()} />
        ) : (
          data !== undefined && (
            <div className={classes.body} aria-busy={isFetching} data-stale={isPlaceholderData || undefined}>
              {traces.length === 0 ? (
                <p className={classes.note}>
                  Every trace of this time range is in a session: there is nothing to do here.
                </p>
              ) : (
                <TraceTable
                  traces={traces}
                  selected={selection.turn}
                  onSelect={(id) => select({ turn: id, span: null })}
                />
              )}
              <LoadMore
                hasMore={hasNextPage}
                error={error}
                onRetry={() => void fetchNextPage()}
                what="traces"
              />
            </div>
          )
        )}
      </div>
      <InspectorPane isWide={isWide} onClose={close}>
        {inspector}
      </InspectorPane>
    </div>
  );
}
