import { NativeSelect } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { sentences } from '../../api/errors';
import { keys } from '../../api/keys';
import { changeRole } from '../../api/peopleQueries';
import { meQuery } from '../../api/queries';
import { visibleName } from '../../model/visible';
import { Data } from '../../parts/Data';
import { Time } from '../../parts/Time';

import { Removal, SigningOut, SteppingDown } from './MemberDialogs';
import classes from './Settings.module.css';

import type { Account, Role } from '../../api/schema';

const ROLES: Role[] = ['owner', 'member', 'viewer'];

interface Asked {
  about: 'remove' | 'signOut' | 'stepDown';
  account: Account;
  role?: Role;
}

/** Who is in the project, each with their role. */
export function Members({ accounts }: { accounts: readonly Account[] }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = (): void => setAsked(null);
  return (
    <section className={classes.section} aria-label="People">
      <h2>People</h2>
      {accounts.length === 0 ? (
        <p className={classes.note}>
          Nobody has an account yet: whoever comes in does so with a key or the server’s sign-in link. Invite
          people below; the first should be an owner.
        </p>
      ) : (
        <ul className={classes.lines} aria-label="People">
          {accounts.map((account) => (
            <Member key={account.id} account={account} onAsk={(what) => setAsked({ ...what, account })} />
          ))}
        </ul>
      )}
      {asked?.about === 'remove' && <Removal account={asked.account} onClose={close} />}
      {asked?.about === 'signOut' && <SigningOut account={asked.account} onClose={close} />}
      {asked?.about === 'stepDown' && asked.role !== undefined && (
        <SteppingDown account={asked.account} role={asked.role} onClose={close} />
      )}
    </section>
  );
}

interface MemberProps {
  account: Account;
  onAsk: (what: Omit<Asked, 'account'>) => void;
}

function Member({ account, onAsk }: MemberProps) {
  const { id, email, role } = account;
  const client = useQueryClient();
  const isMe = useQuery(meQuery).data?.account?.id === id;
  const { mutate, isPending, error, variables } = useMutation({
    mutationFn: (next: Role) => changeRole({ id, role: next }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.accounts }),
  });
  const named = visibleName(email);
  return (
    <li>
      <div>
        <Person account={account} isMe={isMe} />
        {error !== null && (
          <p className={classes.failed} role="alert">
            {sentences(error)}
          </p>
        )}
      </div>
      <span className={classes.rowButtons}>
        <NativeSelect
          size="xs"
          aria-label={`Role of ${named}`}
          value={isPending ? variables : role}
          data={ROLES}
          onChange={(event) => {
            const next = event.currentTarget.value as Role;
            if (isMe && role === 'owner') onAsk({ about: 'stepDown', role: next });
            else mutate(next);
          }}
        />
        <button
          type="button"
          className={classes.quiet}
          aria-label={`Sign ${named} out everywhere`}
          onClick={() => onAsk({ about: 'signOut' })}
        >
          Sign out
        </button>
        <button
          type="button"
          className={classes.quiet}
          aria-label={isMe ? 'Leave the project' : `Remove ${named}`}
          onClick={() => onAsk({ about: 'remove' })}
        >
          {isMe ? 'Leave' : 'Remove'}
        </button>
      </span>
    </li>
  );
}

function Person({ account, isMe }: { account: Account; isMe: boolean }) {
  const { email, name, hasPassword, createdAt, lastSignedInAt } = account;
  return (
    <>
      <b>
        <Data>{name === '' ? email : name}</Data>
      </b>
      {isMe && <span className={classes.badge}>you</span>}
      <span className={classes.sub}>
        {name !== '' && (
          <>
            <Data>{email}</Data> ·{' '}
          </>
        )}
        {!hasPassword && 'signs in with OpenID Connect · '}
        account made <Time iso={createdAt} />
        {lastSignedInAt !== null && (
          <>
            , last signed in <Time iso={lastSignedInAt} />
          </>
        )}
      </span>
    </>
  );
}
