import { Button } from '@mantine/core';

import { asApiError, sentences } from '../api/errors';

import { Icon } from './Icon';
import classes from './States.module.css';

interface Props {
  /** What could not be done: `Cannot list the sessions`. */
  what: string;
  error: unknown;
  onRetry?: () => void;
}

export function ErrorState({ what, error, onRetry }: Props) {
  const { code, status } = asApiError(error);
  return (
    <div className={classes.state} role="alert">
      <span style={{ color: 'var(--danger)' }}>
        <Icon name="warn" size={20} />
      </span>
      <h2 className={classes.title}>{what}</h2>
      <p className={classes.text}>{sentences(error)}</p>
      <p className={classes.code}>
        {code}
        {status > 0 && ` · ${status}`}
      </p>
      {onRetry && (
        <div className={classes.actions}>
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
        </div>
      )}
    </div>
  );
}
