import { sentences } from '../../api/errors';

import classes from './Settings.module.css';

/** What came of saving something. */
export function Outcome({ error, isSuccess }: { error: Error | null; isSuccess: boolean }) {
  if (error !== null)
    return (
      <span className={classes.failed} role="alert">
        Not saved. {sentences(error)}
      </span>
    );
  return <span role="status">{isSuccess && 'Saved'}</span>;
}
