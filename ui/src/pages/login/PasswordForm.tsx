import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { postJson } from '../../api/client';

import { EmailField, SecretField } from './Fields';
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
      <EmailField value={email} onChange={setEmail} />
      <SecretField
        what="password"
        label="Password"
        value={password}
        autoComplete="current-password"
        onChange={setPassword}
        error={error}
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
