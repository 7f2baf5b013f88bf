import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { sentences } from '../../api/errors';
import { keys } from '../../api/keys';
import { endOtherSessions, endOwnSession, ownSessionsQuery } from '../../api/peopleQueries';
import { meQuery } from '../../api/queries';
import { Data } from '../../parts/Data';
import { Link } from '../../parts/Link';
import { Time, Until } from '../../parts/Time';

import { Fact } from './Fact';
import { PasswordChange } from './PasswordChange';
import classes from './Settings.module.css';

import type { OwnSession } from '../../api/schema';

/** The account of who is signed in: who they are here, their password, and where else they are signed in. */
export function OwnAccount() {
  const { data: me } = useQuery(meQuery);
  if (me === undefined) return null;
  const { account } = me;
  if (account === null)
    return (
      <p className={classes.note}>
        This browser signed in with a key or the server’s sign-in link, which is nobody’s account: there is no
        password to change. <Link to="/settings/people">People</Link> get accounts by an invitation.
      </p>
    );
  return (
    <>
      <section className={classes.section} aria-label="Your account">
        <h2>Your account</h2>
        <dl className={classes.facts}>
          <Fact label="E-mail">
            <Data>{account.email}</Data>
          </Fact>
          {account.name !== '' && (
            <Fact label="Name">
              <Data>{account.name}</Data>
            </Fact>
          )}
          <Fact label="Role">
            <span>
              {account.role} of <Data>{me.project.name}</Data>
            </span>
          </Fact>
        </dl>
      </section>
      {account.hasPassword ? (
        <PasswordChange email={account.email} />
      ) : (
        <section className={classes.section} aria-label="Password">
          <h2>Password</h2>
          <p className={classes.note}>
            You sign in with OpenID Connect: there is no password here. It is changed at the provider.
          </p>
        </section>
      )}
      <Browsers />
    </>
  );
}

function Browsers() {
  const client = useQueryClient();
  const { data, error } = useQuery(ownSessionsQuery);
  const ending = useMutation({
    mutationFn: (id: string | null) => (id === null ? endOtherSessions() : endOwnSession(id)),
    onSettled: () => client.invalidateQueries({ queryKey: keys.ownSessions }),
  });
  const here = data?.filter(({ isCurrent }) => isCurrent) ?? [];
  const others = data?.filter(({ isCurrent }) => !isCurrent) ?? [];
  const failed = error ?? ending.error;
  return (
    <section className={classes.section} aria-label="Where you are signed in">
      <h2>Where you are signed in</h2>
      <ul className={classes.lines} aria-label="Browsers">
        {[...here, ...others].map((session) => (
          <Browser
            key={session.id}
            session={session}
            isPending={ending.isPending}
            onEnd={() => ending.mutate(session.id)}
          />
        ))}
      </ul>
      {others.length > 0 && (
        <div>
          <Button variant="default" loading={ending.isPending} onClick={() => ending.mutate(null)}>
            Sign out everywhere else
          </Button>
        </div>
      )}
      {failed !== null && (
        <p className={classes.failed} role="alert">
          {sentences(failed)}
        </p>
      )}
    </section>
  );
}

interface BrowserProps {
  session: OwnSession;
  isPending: boolean;
  onEnd: () => void;
}

function Browser({ session: { id, createdAt, expiresAt, isCurrent }, isPending, onEnd }: BrowserProps) {
  return (
    <li>
      <span>
        <b>{isCurrent ? 'This browser' : 'Another browser'}</b>
        <span className={classes.sub}>
          signed in <Time iso={createdAt} />, until <Until iso={expiresAt} />
        </span>
      </span>
      {!isCurrent && (
        <button
          type="button"
          className={classes.quiet}
          aria-label={`Sign out browser ${id}`}
          disabled={isPending}
          onClick={onEnd}
        >
          Sign out
        </button>
      )}
    </li>
  );
}
