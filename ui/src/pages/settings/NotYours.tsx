import { useQuery } from '@tanstack/react-query';

import { meQuery } from '../../api/queries';

import classes from './Settings.module.css';

/** Why somebody does not see what only `admin` may see, and what they could do about it. */
export function NotYours({ what }: { what: string }) {
  const account = useQuery(meQuery).data?.account;
  return (
    <p className={classes.note}>
      Only owners, and keys with the scope admin, see {what}.{' '}
      {account == null
        ? 'The key that this browser signed in with does not have it.'
        : `You are ${account.role === 'owner' ? 'an' : 'a'} ${account.role} of this project: ask an owner.`}
    </p>
  );
}
