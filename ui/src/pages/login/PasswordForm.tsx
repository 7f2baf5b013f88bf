import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { postJson } from '../../api/client';
import { sentences } from '../../api/errors';

import classes from './LoginPage.module.css';

/** Signing in with an account. */
export function PasswordForm({ onDone }: { onDone: () => void }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => postJson('/auth/login', { email, password }),
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
      <h1>Sign in to Threadline</h1>
      <TextInput
        label="E-mail"
        type="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        autoFocus
        autoComplete="username"
      />
      <PasswordInput
        label="Password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={error === null ? null : sentences(error)}
        errorProps={{ role: 'alert' }}
        aria-invalid={error !== null}
        autoComplete="current-password"
        visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
      />
      <Button
        type="submit"
        size="sm"
        fullWidth
        loading={isPending}
        disabled={email === '' || password === ''}
      >
        Sign in
      </Button>
    </form>
  );
}
