import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

import { useShortcut } from '../../state/shortcuts';
import { later } from '../later';

const Palette = later(() => import('./Palette'));

/** Ctrl or command and k: anything by its name. What it takes to show it is loaded when it is asked for. */
export function PaletteDoor() {
  const [opened, setOpened] = useState(false);
  const from = useRef<Element | null>(null);
  // What was typed before there was a box to type in; `null` once there is.
  const early = useRef<string | null>(null);
  useShortcut({ keys: 'Mod+k', label: 'Command palette', group: 'Everywhere' }, () => {
    from.current = document.activeElement;
    early.current = '';
    setOpened(true);
  });
  /** The focus goes back first, so that what is run finds the page as it was. */
  const close = (run: (() => void) | null): void => {
    flushSync(() => setOpened(false));
    if (from.current instanceof HTMLElement && from.current.isConnected)
      from.current.focus({ preventScroll: true });
    run?.();
  };
  useEarlyKeys(opened, (key) => {
    if (early.current === null) return false;
    if (key === 'Escape') close(null);
    else if (key.length === 1) early.current += key;
    return true;
  });
  const takeEarly = (): string => {
    const typed = early.current ?? '';
    early.current = null;
    return typed;
  };
  return opened ? <Palette takeEarly={takeEarly} onClose={close} /> : null;
}

/** What is typed while the palette loads is meant for it, and for nothing on the page. */
function useEarlyKeys(opened: boolean, take: (key: string) => boolean): void {
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  });
  useLayoutEffect(() => {
    if (!opened) return;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || !latest.current(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    window.addEventListener('keydown', onKeyDown, true);
    return () => window.removeEventListener('keydown', onKeyDown, true);
  }, [opened]);
}
