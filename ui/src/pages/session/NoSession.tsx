import { Data } from '../../parts/Data';
import { Button } from '@mantine/core';

import { Link } from '../../parts/Link';
import { useShared } from '../../state/shared';
import states from '../../parts/States.module.css';

export function NoSession({ id }: { id: string }) {
  const isShared = useShared();
  if (isShared) {
    return (
      <div className={states.state}>
        <h1 className={states.title}>There is nothing to show any more</h1>
        <p className={states.text}>
          The session that this link leads to was deleted, or goes by another id now.
        </p>
      </div>
    );
  }
  return (
    <div className={states.state}>
      <h1 className={states.title}>There is no such session</h1>
      <p className={states.text}>
        No trace in this project names the session <Data>{id}</Data>. It may belong to another project, may
        have been deleted, or its spans are still on their way.
      </p>
      <div className={states.actions}>
        <Button variant="default" component={Link} to="/sessions">
          All sessions
        </Button>
      </div>
    </div>
  );
}
