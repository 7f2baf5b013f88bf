import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { postJson } from '../../api/client';

import { EmailField, SecretField } from './Fields';
import classes from './LoginPage.module.css';

const SHORTEST_PASSWORD = 12;

/** Coming in by the link of an invitation: with a new account, or the one that one has. */
export function InvitationForm({ token, onDone }: { token: string; onDone: () => void }) {
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => postJson('/auth/accept', { token, email, name, password }),
    onSuccess: onDone,
  });
  return (
    <form
      className={classes.fields}
      onSubmit={(event) => {
        event.preventDefault();
        mutate();
      }}
    >
      <h1>You are invited to Threadline</h1>
      <p className={classes.hint}>
        Make an account, or come in with the e-mail and password of the one you have.
      </p>
      <EmailField value={email} onChange={setEmail} />
      <TextInput
        label="Name"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        autoComplete="name"
      />
      <SecretField
        what="password"
        label="Password"
        description={`At least ${SHORTEST_PASSWORD} characters`}
        value={password}
        autoComplete="new-password"
        onChange={setPassword}
        error={error}
      />
      <Button
        type="submit"
        size="sm"
        fullWidth
        loading={isPending}
        disabled={email === '' || password.length < SHORTEST_PASSWORD}
      >
        Come in
      </Button>
    </form>
  );
}
