import { Button } from '@mantine/core';

import classes from './EraseButtons.module.css';

interface Props {
  keep: string;
  erase: string;
  onKeep: () => void;
  /** Without it the second button submits the form around them, whose field has the focus. */
  onErase?: () => void;
  isPending?: boolean;
  disabled?: boolean;
}

/** The end of a dialog that asks before something is erased for good. */
export function EraseButtons({ keep, erase, onKeep, onErase, isPending = false, disabled = false }: Props) {
  const isForm = onErase === undefined;
  return (
    <div className={classes.buttons}>
      <Button variant="default" data-autofocus={!isForm || undefined} onClick={onKeep}>
        {keep}
      </Button>
      <Button
        type={isForm ? 'submit' : 'button'}
        className={classes.erase ?? ''}
        loading={isPending}
        disabled={disabled}
        onClick={onErase}
      >
        {erase}
      </Button>
    </div>
  );
}
