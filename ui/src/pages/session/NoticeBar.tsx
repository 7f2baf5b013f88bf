import { ActionIcon } from '@mantine/core';
import { useEffect } from 'react';

import { visibleText } from '../../model/visible';
import { Icon } from '../../parts/Icon';

import classes from './NoticeBar.module.css';

import type { Notice } from './useSessionEdit';

const STAYS_MS = 8000;

/** What was just changed, with its undo; leaves by itself unless it tells of a failure. */
export function NoticeBar({ notice, onDismiss }: { notice: Notice | null; onDismiss: () => void }) {
  useEffect(() => {
    if (notice === null || notice.isError) return;
    const timer = window.setTimeout(onDismiss, STAYS_MS);
    return () => window.clearTimeout(timer);
  }, [notice, onDismiss]);
  return (
    <div className={classes.place} role="status" aria-label="Changes">
      {notice !== null && (
        <div className={classes.notice} data-error={notice.isError || undefined}>
          <bdi>{visibleText(notice.text)}</bdi>
          {notice.undo !== null && (
            <button type="button" onClick={notice.undo}>
              Undo
            </button>
          )}
          <ActionIcon
            variant="transparent"
            color="inherit"
            size="xs"
            aria-label="Dismiss"
            onClick={onDismiss}
          >
            <Icon name="close" size={12} />
          </ActionIcon>
        </div>
      )}
    </div>
  );
}
