import { useCallback, useEffect, useState, type RefObject } from 'react';

import { clamp, pan, reveal, toTrack, zoom, type Viewport } from './viewport';

import type { Layout } from './layout';

/** The part of the track that is seen, moved by wheel, drag, keyboard and by what gets selected elsewhere. */
export function useViewport(
  canvas: RefObject<HTMLElement | null>,
  layout: Layout,
  width: number,
  selected: string | null,
) {
  const { length } = layout;
  const [view, setView] = useState<Viewport>({ start: 0, end: length });
  const isWhole = view.start === 0 && view.end === length;

  const [known, setKnown] = useState(length);
  if (known !== length) {
    // The session has grown: who saw all of it goes on seeing all of it.
    setKnown(length);
    setView(view.start === 0 && view.end === known ? { start: 0, end: length } : clamp(view, length));
  }
  const [shown, setShown] = useState(selected);
  if (shown !== selected) {
    setShown(selected);
    const bar = layout.bars.find(({ activity }) => activity.id === selected);
    if (bar !== undefined) setView(reveal(view, bar.track, bar.track + bar.width, length));
  }

  const zoomBy = useCallback(
    (factor: number, px?: number) =>
      setView((old) =>
        zoom(old, factor, px === undefined ? (old.start + old.end) / 2 : toTrack(px, old, width), length),
      ),
    [width, length],
  );
  const panBy = useCallback(
    (px: number) => setView((old) => pan(old, (px / width) * (old.end - old.start), length)),
    [width, length],
  );
  const fit = useCallback(() => setView({ start: 0, end: length }), [length]);

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    // React listens to the wheel passively; a pinch would then zoom the page as well.
    const onWheel = (event: WheelEvent): void => {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        zoomBy(Math.exp(event.deltaY * 0.004), event.clientX - element.getBoundingClientRect().left);
      } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
        event.preventDefault();
        panBy(event.deltaX || event.deltaY);
      }
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [canvas, zoomBy, panBy]);

  return { view, isWhole, zoomBy, panBy, fit };
}
