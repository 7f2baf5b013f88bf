import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';

import { ApiError } from '../../api/errors';
import { userQuery } from '../../api/userQueries';
import { CopyButton } from '../../parts/CopyButton';
import { Data } from '../../parts/Data';
import { ErrorState } from '../../parts/ErrorState';
import { Icon } from '../../parts/Icon';
import { Link } from '../../parts/Link';
import states from '../../parts/States.module.css';
import { Time } from '../../parts/Time';
import { listSearch, parseListState, withFilter, type ListState } from '../../state/listState';
import { navigate, useAddress } from '../../state/location';
import { userPath } from '../../state/routes';
import { useTitle } from '../../state/title';
import { RangeMenu } from '../../parts/filters/RangeMenu';

import { Activity } from './Activity';
import { EraseUser } from './EraseUser';
import { UserSessions } from './UserSessions';
import classes from './User.module.css';

/** One user: what their sessions come to, when they came, and the sessions themselves. */
export default function UserPage({ id }: { id: string }) {
  useTitle(id.slice(0, 60));
  const { search } = useAddress();
  const { data: user, error, refetch } = useQuery(userQuery(id));
  // The address has range and order; whose sessions they are is its path.
  const shown = useMemo(() => ({ ...parseListState(search), filters: [] }), [search]);
  const state = useMemo(() => withFilter(shown, { field: 'userId', value: id }), [shown, id]);
  const show = useCallback(
    (next: ListState) => navigate(userPath(id) + listSearch({ ...next, filters: [] })),
    [id],
  );
  const add = useCallback(
    (next: ListState) => {
      // A filter beside the user is a question for the list.
      if (next.filters.length > 1) navigate(`/sessions${listSearch(next)}`);
      else show(next);
    },
    [show],
  );
  if (error instanceof ApiError && error.status === 404) return <NoUser id={id} />;
  if (user === undefined && error !== null)
    return <ErrorState what="Cannot open the user" error={error} onRetry={() => void refetch()} />;
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <div className={classes.top}>
          <Link to="/users" className={classes.back} aria-label="All users" data-tip="All users">
            <Icon name="left" />
          </Link>
          <h1>
            <Data>{id}</Data>
          </h1>
          <CopyButton text={id} label="Copy the user id" />
          <span className={classes.space} />
          <RangeMenu range={state.range} onChange={(range) => show({ ...shown, range })} />
          {user !== undefined && <EraseUser user={user} />}
        </div>
        {user !== undefined && (
          <p className={classes.facts}>
            First seen <Time iso={user.firstSeen} />, last activity <Time iso={user.lastActivity} />
          </p>
        )}
      </header>
      <Activity state={state} />
      <UserSessions state={state} setState={add} />
    </div>
  );
}

function NoUser({ id }: { id: string }) {
  return (
    <div className={states.state}>
      <h1 className={states.title}>There is no such user</h1>
      <p className={states.text}>
        No session in this project names the user <Data>{id}</Data>. They may belong to another project, or
        have been erased.
      </p>
      <div className={states.actions}>
        <Link to="/users" className={classes.button}>
          All users
        </Link>
      </div>
    </div>
  );
}
