import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { sentences } from '../../api/errors';
import { addProject, goToProject, projectsQuery } from '../../api/projectQueries';
import { meQuery } from '../../api/queries';
import { forgetEverything } from '../../api/queryClient';
import { Data } from '../../parts/Data';
import { SecretOnce } from '../../parts/SecretOnce';
import { Link } from '../../parts/Link';
import { Time } from '../../parts/Time';
import { navigate } from '../../state/location';

import { Fact } from './Fact';
import { useIsAdmin } from './useScopes';
import classes from './Settings.module.css';

const WORDS: Record<string, string> = {
  ingest: 'send telemetry and say things of sessions',
  read: 'read everything',
  write: 'define goals, views and links',
  admin: 'administer',
};

/** Which project this is, where to send, and who looks at it. */
export function ProjectFacts() {
  const isAdmin = useIsAdmin();
  const { data: me } = useQuery(meQuery);
  const { data: projects } = useQuery({ ...projectsQuery, enabled: isAdmin });
  if (me === undefined) return null;
  const mine = projects?.find(({ id }) => id === me.project.id);
  const { account } = me;
  return (
    <>
      <section className={classes.section} aria-label="This project">
        <h2>This project</h2>
        <dl className={classes.facts}>
          <Fact label="Name" copy={me.project.name}>
            <Data>{me.project.name}</Data>
          </Fact>
          <Fact label="Number">{me.project.id}</Fact>
          {mine !== undefined && (
            <Fact label="Made">
              <Time iso={mine.createdAt} />
            </Fact>
          )}
          <Fact label="Address" copy={window.location.origin}>
            <code>{window.location.origin}</code>
          </Fact>
          <Fact label="Signed in">
            {account === null ? (
              'with a key or the sign-in link'
            ) : (
              <span>
                <Link to="/settings/account" className={classes.door}>
                  <Data>{account.email}</Data>
                </Link>
                , {account.role}
              </span>
            )}
          </Fact>
          <Fact label="You may">{me.scopes.map((scope) => WORDS[scope] ?? scope).join(', ')}</Fact>
        </dl>
      </section>
      {account !== null && account.projects.length > 1 && (
        <Others current={me.project.name} names={account.projects} />
      )}
      {isAdmin && <NewProjectForm />}
    </>
  );
}

function Others({ current, names }: { current: string; names: readonly string[] }) {
  const { mutate, error } = useMutation({
    mutationFn: goToProject,
    onSuccess: () => {
      forgetEverything();
      navigate('/sessions');
    },
  });
  return (
    <section className={classes.section} aria-label="Your projects">
      <h2>Your projects</h2>
      <div className={classes.buttons}>
        {names.map((name) => (
          <Button key={name} variant="default" disabled={name === current} onClick={() => mutate(name)}>
            <Data>{name}</Data>
          </Button>
        ))}
      </div>
      {error !== null && (
        <p className={classes.failed} role="alert">
          {sentences(error)}
        </p>
      )}
    </section>
  );
}

function NewProjectForm() {
  const [name, setName] = useState('');
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: addProject,
    onSuccess: () => setName(''),
  });
  return (
    <section className={classes.section} aria-label="Another project">
      <h2>Another project</h2>
      <p className={classes.note}>
        Projects share nothing: not sessions, keys, prices or people. The first key of the new one is shown
        once; sign in with it to see the project.
      </p>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          mutate(name.trim());
        }}
      >
        <TextInput
          label="Name"
          placeholder="such as staging"
          value={name}
          maxLength={63}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" loading={isPending} disabled={name.trim() === ''}>
          Make the project
        </Button>
      </form>
      {error !== null && (
        <p className={classes.failed} role="alert">
          {sentences(error)}
        </p>
      )}
      {data !== undefined && (
        <SecretOnce what="API key" secret={data.apiKey}>
          The first key of <Data>{data.name}</Data>, with every scope. Copy it now: it is shown this once.
        </SecretOnce>
      )}
    </section>
  );
}
