import { Button, Modal } from '@mantine/core';

import { sentences } from '../api/errors';

import classes from './Confirm.module.css';

import type { ReactNode } from 'react';

interface Props {
  title: string;
  /** The words on its two buttons. */
  keep?: string;
  action: string;
  isPending: boolean;
  error: Error | null;
  onClose: () => void;
  onConfirm: () => void;
  /** What goes, and what follows from it. */
  children: ReactNode;
}

/** Asks before what cannot be undone; the way back has the focus. */
export function Confirm(props: Props) {
  const { title, keep = 'Keep it', action, isPending, error, onClose, onConfirm, children } = props;
  return (
    <Modal opened onClose={onClose} title={title} centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <div className={classes.what}>{children}</div>
      {error !== null && (
        <p className={classes.failed} role="alert">
          {sentences(error)}
        </p>
      )}
      <div className={classes.buttons}>
        <Button variant="default" data-autofocus onClick={onClose}>
          {keep}
        </Button>
        <Button className={classes.erase ?? ''} loading={isPending} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Modal>
  );
}
