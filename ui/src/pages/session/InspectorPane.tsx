import { Drawer } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';

import classes from './SessionPage.module.css';

import type { ReactNode } from 'react';

/** Whether there is room for the inspector beside the page. */
export function useIsWide(): boolean {
  return useMediaQuery('(width >= 1180px)', window.innerWidth >= 1180);
}

interface Props {
  isWide: boolean;
  onClose: () => void;
  /** `null`: nothing is inspected. */
  children: ReactNode;
}

/** Beside the page, or over it where it is narrow. */
export function InspectorPane({ isWide, onClose, children }: Props) {
  if (!isWide) {
    return (
      <Drawer
        opened={children !== null}
        onClose={onClose}
        position="right"
        size="min(520px, 100vw)"
        withCloseButton={false}
        attributes={{ content: { 'aria-label': 'Inspector' } }}
        classNames={{ body: classes.drawerBody }}
      >
        {children}
      </Drawer>
    );
  }
  return (
    children !== null && (
      <aside className={classes.inspector} aria-label="Inspector">
        {children}
      </aside>
    )
  );
}
