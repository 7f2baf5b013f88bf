import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

import { useShortcut } from '../../state/shortcuts';

const Palette = lazy(() => import('./Palette'));

/** Ctrl or command and k: anything by its name. What it takes to show it is loaded when it is asked for. */
export function PaletteDoor() {
  const [opened, setOpened] = useState(false);
  const from = useRef<Element | null>(null);
  const early = useRef('');
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
  return opened ? (
    <Suspense fallback={<Early onKey={(key) => (early.current += key)} onEscape={() => close(null)} />}>
      <Palette early={() => early.current} onClose={close} />
    </Suspense>
  ) : null;
}

interface EarlyProps {
  onKey: (key: string) => void;
  onEscape: () => void;
}

/** What is typed before there is a box to type in is meant for the box, and for nothing on the page. */
function Early({ onKey, onEscape }: EarlyProps) {
  const latest = useRef({ onKey, onEscape });
  useEffect(() => {
    latest.current = { onKey, onEscape };
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key === 'Escape') latest.current.onEscape();
      else if (event.key.length === 1) latest.current.onKey(event.key);
    };
    window.addEventListener('keydown', onKeyDown, true);
    return () => window.removeEventListener('keydown', onKeyDown, true);
  }, []);
  return null;
}
