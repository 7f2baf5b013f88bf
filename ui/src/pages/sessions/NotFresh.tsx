import { sentences } from '../../api/errors';
import { formatClock } from '../../format/time';

import classes from './Summary.module.css';

/** The list is still there, but no longer what the server would say. It goes on trying by itself. */
export function NotFresh({ error, since }: { error: unknown; since: number }) {
  return (
    <p className={classes.notFresh} role="status">
      Read at {formatClock(since)}, not fresh since. {sentences(error)}
    </p>
  );
}
