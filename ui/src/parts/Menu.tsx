import { Popover } from '@mantine/core';

import { useEscape } from '../state/shortcuts';

import type { ReactNode } from 'react';

interface Props {
  opened: boolean;
  setOpened: (opened: boolean) => void;
  children: ReactNode;
}

/** A panel that takes the focus when it opens, gives it back when it closes, and closes at Escape from the first moment on. */
export function Menu({ opened, setOpened, children }: Props) {
  useEscape(opened, () => setOpened(false));
  return (
    <Popover opened={opened} onChange={setOpened} trapFocus returnFocus>
      {children}
    </Popover>
  );
}
