import { useQuery } from '@tanstack/react-query';

import { accountsQuery } from '../../api/peopleQueries';
import { ErrorState } from '../../parts/ErrorState';

import { Invitations } from './Invitations';
import { Members } from './Members';
import { SignInProvider } from './SignInProvider';
import { NotYours } from './NotYours';
import { useIsAdmin } from './useScopes';
import classes from './Settings.module.css';

const ROLES = [
  { role: 'Owner', may: 'everything: keys, people, prices, settings, masking, erasing, this page' },
  { role: 'Member', may: 'read, send telemetry, say things of sessions, define goals, views and links' },
  { role: 'Viewer', may: 'read and export' },
];

/** Who may get into the project, and how they get in. */
export function People() {
  const isAdmin = useIsAdmin();
  const { data, error, refetch } = useQuery({ ...accountsQuery, enabled: isAdmin });
  if (data === undefined && error !== null)
    return <ErrorState what="Cannot list the people" error={error} onRetry={() => void refetch()} />;
  return (
    <>
      {isAdmin ? (
        data !== undefined && (
          <>
            <Members accounts={data} />
            <Invitations hasOwner={data.some(({ role }) => role === 'owner')} />
          </>
        )
      ) : (
        <NotYours what="who is in the project" />
      )}
      <section className={classes.section} aria-label="Roles">
        <h2>Roles</h2>
        <dl className={classes.facts}>
          {ROLES.map(({ role, may }) => (
            <div key={role} className={classes.fact}>
              <dt>{role}</dt>
              <dd>{may}</dd>
            </div>
          ))}
        </dl>
      </section>
      {isAdmin && <SignInProvider />}
    </>
  );
}
