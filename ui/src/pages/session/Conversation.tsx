import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from 'react';

import { isOverAt, turnsUntil } from '../../model/conversation';

import { ErrorState } from '../../parts/ErrorState';
import { Feed, useMargin } from '../../parts/Feed';
import { LoadMore } from '../../parts/LoadMore';
import states from '../../parts/States.module.css';

import { AllTurns, usePrinting } from './AllTurns';
import { OpenItems } from './openItems';
import { ConversationSkeleton } from './Skeletons';
import { TurnView } from './TurnView';
import { waitBefore } from './waits';

import type { FoldedTurn } from '../../model/conversation';
import type { Selection } from '../../state/selection';

interface Query {
  data: unknown;
  error: Error | null;
  hasNextPage: boolean;
  isFetching: boolean;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
}

interface Props {
  sessionId: string;
  scroller: RefObject<HTMLDivElement | null>;
  turns: readonly FoldedTurn[];
  query: Query;
  /** The turn that is lit: the one selected, or the one that a replay has come to. */
  lit: string | null;
  /** The session time up to which a replay has come; `null` shows all. */
  until: number | null;
  onSelect: (selection: Selection) => void;
}

const around = (_: HTMLDivElement, parent: HTMLDivElement): Iterable<Element> => parent.children;

export function Conversation({ sessionId, scroller, turns: all, query, lit, until, onSelect }: Props) {
  const turns = useMemo(() => turnsUntil(all, until), [all, until]);
  const isPrinting = usePrinting();
  // What scrolls is the page around, whose ref is set after this has mounted: with a conversation that is already
  // here, nothing else would look again.
  const [isInside, setInside] = useState(false);
  useEffect(() => setInside(true), []);
  const again = useMemo(() => ({ data: query.data, isInside }), [query.data, isInside]);
  const { list, margin } = useMargin(scroller, around, again);

  const virtual = useVirtualizer({
    count: turns.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 170,
    getItemKey: (index) => turns[index]?.turn.traceId ?? index,
    overscan: 5,
    scrollMargin: margin.top,
    scrollPaddingStart: margin.sticky + 8,
  });
  const items = virtual.getVirtualItems();
  const { hasNextPage, isFetching, error, fetchNextPage } = query;
  const lastSeen = items.at(-1)?.index ?? -1;
  const wanted = lit;
  const at = wanted === null ? -1 : turns.findIndex(({ turn }) => turn.traceId === wanted);
  const wantsMore =
    hasNextPage && error === null && (lastSeen >= all.length - 12 || (wanted !== null && at < 0));
  useEffect(() => {
    if (wantsMore && !isFetching) void fetchNextPage();
  }, [wantsMore, isFetching, fetchNextPage]);

  // What was clicked here is already looked at; what was selected elsewhere is brought here.
  const clicked = useRef<string | null>(null);
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (at < 0 || wanted === shown.current || margin.top === 0) return;
    const isFirst = shown.current === null;
    shown.current = wanted;
    if (clicked.current === wanted) return;
    if (until === null) virtual.scrollToIndex(at, { align: isFirst ? 'start' : 'auto' });
  }, [at, wanted, virtual, margin.top, until]);

  // A replay is read at its end, as it was when it happened.
  const last = turns.length - 1;
  useEffect(() => {
    if (until !== null && last >= 0 && margin.top > 0) virtual.scrollToIndex(last, { align: 'end' });
  }, [until, last, virtual, margin.top]);

  const select = useCallback(
    (next: Selection) => {
      clicked.current = next.turn;
      onSelect(next);
    },
    [onSelect],
  );

  if (query.data === undefined) {
    return error === null ? (
      <ConversationSkeleton />
    ) : (
      <ErrorState what="Cannot load the conversation" error={error} onRetry={() => void query.refetch()} />
    );
  }
  if (all.length === 0) {
    return (
      <div className={states.state}>
        <h2 className={states.title}>No turn has arrived yet</h2>
        <p className={states.text}>
          A turn appears here with the first trace of this session that carries an input or an output.
        </p>
      </div>
    );
  }
  // On paper nothing scrolls: all that has been loaded stands one below the other.
  if (isPrinting) return <AllTurns sessionId={sessionId} turns={turns} />;
  return (
    <OpenItems>
      <Feed
        label="Conversation"
        isBusy={isFetching}
        list={list}
        virtual={virtual}
        row={(index) => {
          const folded = turns[index];
          return folded === undefined ? null : (
            <TurnView
              sessionId={sessionId}
              folded={folded}
              wait={waitBefore(turns[index - 1]?.turn, folded.turn)}
              isSelected={folded.turn.traceId === wanted}
              isOver={isOverAt(folded.turn, until)}
              onSelect={select}
            />
          );
        }}
      />
      <LoadMore hasMore={hasNextPage} error={error} onRetry={() => void fetchNextPage()} what="turns" />
    </OpenItems>
  );
}
