import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { keys } from '../../api/keys';
import { changePassword } from '../../api/peopleQueries';
import { SecretField } from '../login/Fields';

import { Outcome } from './Outcome';
import classes from './Settings.module.css';

const SHORTEST_PASSWORD = 12;
const LONGEST_PASSWORD = 256;

/** Another password; whoever knew the old one is signed out. */
export function PasswordChange({ email }: { email: string }) {
  const client = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const { mutate, isPending, error, isSuccess, reset } = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      setCurrent('');
      setNext('');
      void client.invalidateQueries({ queryKey: keys.ownSessions });
    },
  });
  const typed = (set: (value: string) => void) => (value: string) => {
    if (!isPending) reset();
    set(value);
  };
  return (
    <section className={classes.section} aria-label="Password">
      <h2>Password</h2>
      <p className={classes.note}>Every other browser of the account is signed out when it changes.</p>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          mutate({ current, new: next });
        }}
      >
        {/* For password managers: whose it is. */}
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <SecretField
          size="xs"
          what="current password"
          label="Current password"
          className={classes.secret ?? ''}
          value={current}
          autoComplete="current-password"
          maxLength={LONGEST_PASSWORD}
          onChange={typed(setCurrent)}
          error={null}
        />
        <SecretField
          size="xs"
          what="new password"
          label={`New password, at least ${SHORTEST_PASSWORD} characters`}
          className={classes.secret ?? ''}
          value={next}
          autoComplete="new-password"
          maxLength={LONGEST_PASSWORD}
          onChange={typed(setNext)}
          error={null}
        />
        <Button
          type="submit"
          loading={isPending}
          disabled={current === '' || next.length < SHORTEST_PASSWORD}
        >
          Change the password
        </Button>
      </form>
      <Outcome error={error} isSuccess={isSuccess} />
    </section>
  );
}
