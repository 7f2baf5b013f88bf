import { Button } from '@mantine/core';

import { Link } from '../parts/Link';
import { useTitle } from '../state/title';
import classes from '../parts/States.module.css';

export function NotFoundPage() {
  useTitle('Not found');
  return (
    <div className={classes.state}>
      <h1 className={classes.title}>There is no page here</h1>
      <p className={classes.text}>
        The address may be cut short. A session&rsquo;s page is at <code>/sessions/</code> and its id,
        percent-encoded.
      </p>
      <div className={classes.actions}>
        <Button variant="default" component={Link} to="/sessions">
          All sessions
        </Button>
      </div>
    </div>
  );
}
