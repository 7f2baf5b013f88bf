import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { postJson } from '../../api/client';
import { sentences } from '../../api/errors';

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
      <TextInput
        label="E-mail"
        type="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        autoFocus
        autoComplete="username"
      />
      <TextInput
        label="Name"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        autoComplete="name"
      />
      <PasswordInput
        label="Password"
        description={`At least ${SHORTEST_PASSWORD} characters`}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={error === null ? null : sentences(error)}
        errorProps={{ role: 'alert' }}
        aria-invalid={error !== null}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
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
