import { lazy, Suspense, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

import { useShortcut } from '../../state/shortcuts';

const Palette = lazy(() => import('./Palette'));

/** Ctrl or command and k: anything by its name. What it takes to show it is loaded when it is asked for. */
export function PaletteDoor() {
  const [opened, setOpened] = useState(false);
  const from = useRef<Element | null>(null);
  useShortcut({ keys: 'Mod+k', label: 'Command palette', group: 'Everywhere' }, () => {
    from.current = document.activeElement;
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
    <Suspense fallback={null}>
      <Palette onClose={close} />
    </Suspense>
  ) : null;
}
