import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, type RefObject } from 'react';

import { Feed, useMargin } from '../../../parts/Feed';
import { LoadMore } from '../../../parts/LoadMore';
import { OpenItems } from '../../session/openItems';

import { PairRow } from './PairRow';

import type { TurnPair } from '../../../api/schema';

interface Props {
  pairs: readonly TurnPair[];
  ids: readonly [string, string];
  /** The position that is looked at; -1 for none. */
  at: number;
  query: { hasNextPage: boolean; isFetching: boolean; error: Error | null; fetchNextPage: () => unknown };
  scroller: RefObject<HTMLDivElement | null>;
}

const besides = (list: HTMLDivElement): Element[] =>
  [...(list.parentElement?.children ?? [])].filter((child) => child !== list);

/** The positions, as many as are on the screen. */
export function PairList({ pairs, ids, at, query, scroller }: Props) {
  const { list, margin } = useMargin(scroller, besides, null);
  const virtual = useVirtualizer({
    count: pairs.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 180,
    getItemKey: (index) => pairs[index]?.position ?? index,
    overscan: 4,
    scrollMargin: margin.top,
    scrollPaddingStart: margin.sticky + 8,
  });
  const items = virtual.getVirtualItems();
  const { hasNextPage, isFetching, error, fetchNextPage } = query;
  const wantsMore = hasNextPage && error === null && (items.at(-1)?.index ?? -1) >= pairs.length - 8;
  useEffect(() => {
    if (wantsMore && !isFetching) void fetchNextPage();
  }, [wantsMore, isFetching, fetchNextPage]);
  useEffect(() => {
    if (at >= 0 && margin.top > 0) virtual.scrollToIndex(at, { align: 'start' });
  }, [at, margin.top, virtual]);

  return (
    <OpenItems>
      <Feed
        label="Turns side by side"
        isBusy={isFetching}
        list={list}
        virtual={virtual}
        row={(index) => {
          const pair = pairs[index];
          return pair === undefined ? null : <PairRow pair={pair} ids={ids} isLit={index === at} />;
        }}
      />
      <LoadMore hasMore={hasNextPage} error={error} onRetry={() => void fetchNextPage()} what="positions" />
    </OpenItems>
  );
}
