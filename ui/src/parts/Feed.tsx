import { useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from 'react';

import type { Virtualizer } from '@tanstack/react-virtual';

interface Props {
  label: string;
  isBusy: boolean;
  list: RefObject<HTMLDivElement | null>;
  virtual: Virtualizer<HTMLDivElement, Element>;
  /** The row at an index; `null` where there is none. */
  row: (index: number) => ReactNode;
}

/** Rows one below the other, as many as are on the screen, within a page that scrolls. */
export function Feed({ label, isBusy, list, virtual, row }: Props) {
  return (
    <div
      ref={list}
      role="feed"
      aria-label={label}
      aria-busy={isBusy}
      style={{ position: 'relative', height: virtual.getTotalSize() }}
    >
      {virtual.getVirtualItems().map((item) => {
        const content = row(item.index);
        if (content === null) return null;
        return (
          <div
            key={item.key}
            ref={virtual.measureElement}
            data-index={item.index}
            style={{
              position: 'absolute',
              inset: '0 0 auto',
              transform: `translateY(${item.start - virtual.options.scrollMargin}px)`,
            }}
          >
            {content}
          </div>
        );
      })}
    </div>
  );
}

/**
 * Where a list begins in the page that scrolls, and how much of the page stays above it. What stands above grows and shrinks
 * (tags wrap, lanes appear): `siblings` says whose sizes to watch.
 */
export function useMargin(
  scroller: RefObject<HTMLDivElement | null>,
  siblings: (list: HTMLDivElement, parent: HTMLDivElement) => Iterable<Element>,
  again: unknown,
): { list: RefObject<HTMLDivElement | null>; margin: { top: number; sticky: number } } {
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
    for (const sibling of siblings(element, parent)) observer.observe(sibling);
    return () => observer.disconnect();
  }, [scroller, siblings, again]);
  return { list, margin };
}
