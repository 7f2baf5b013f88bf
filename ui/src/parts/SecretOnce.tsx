import { CopyButton } from './CopyButton';
import classes from './SecretOnce.module.css';

import type { ReactNode } from 'react';

interface Props {
  /** What it is, as its label and for copying: `API key`. */
  what: string;
  secret: string;
  children: ReactNode;
}

/** Something secret that is shown this once, to be copied. */
export function SecretOnce({ what, secret, children }: Props) {
  return (
    <div className={classes.box} role="status">
      <p>{children}</p>
      <div className={classes.line}>
        <input
          readOnly
          className={classes.secret}
          aria-label={what}
          value={secret}
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyButton text={secret} label={`Copy the ${what}`} />
      </div>
    </div>
  );
}
