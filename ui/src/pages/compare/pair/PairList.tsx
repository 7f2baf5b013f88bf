import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

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

/** The positions, as many as are on the screen. */
export function PairList({ pairs, ids, at, query, scroller }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState({ top: 0, sticky: 0 });
  useLayoutEffect(() => {
    const element = list.current;
    const parent = scroller.current;
    if (element === null || parent === null) return;
    const measure = (): void => {
      const top = element.offsetTop;
      const sticky = parent.querySelector('[data-sticky]')?.clientHeight ?? 0;
      setMargin((old) => (old.top === top && old.sticky === sticky ? old : { top, sticky }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    for (const child of element.parentElement?.children ?? []) if (child !== element) observer.observe(child);
    return () => observer.disconnect();
  }, [scroller]);

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
      <div
        ref={list}
        role="feed"
        aria-label="Turns side by side"
        aria-busy={isFetching}
        style={{ position: 'relative', height: virtual.getTotalSize() }}
      >
        {items.map((item) => {
          const pair = pairs[item.index];
          if (pair === undefined) return null;
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              style={{
                position: 'absolute',
                inset: '0 0 auto',
                transform: `translateY(${item.start - margin.top}px)`,
              }}
            >
              <PairRow pair={pair} ids={ids} isLit={item.index === at} />
            </div>
          );
        })}
      </div>
      <LoadMore hasMore={hasNextPage} error={error} onRetry={() => void fetchNextPage()} what="positions" />
    </OpenItems>
  );
}
