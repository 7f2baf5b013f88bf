import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { postJson } from '../../api/client';

import { SecretField } from './Fields';
import classes from './LoginPage.module.css';

/** Signing in with a key of the project; `linkError` is why the link that led here did not. */
export function KeyForm({ linkError, onDone }: { linkError: Error | null; onDone: () => void }) {
  const [apiKey, setApiKey] = useState('');
  const { mutate, isPending, error } = useMutation({
    mutationFn: (key: string) => postJson('/auth/login', { apiKey: key }),
    onSuccess: onDone,
  });
  const shown = error ?? linkError;
  return (
    <form
      className={classes.fields}
      onSubmit={(event) => {
        event.preventDefault();
        if (apiKey.trim() !== '') mutate(apiKey.trim());
      }}
    >
      <h1>Sign in to Threadline</h1>
      <p className={classes.hint}>
        Open the sign-in link that the server printed when it started, or paste an API key of the project. The
        first one is in <code>credentials.json</code> in its data directory.
      </p>
      <SecretField
        what="key"
        label="API key"
        placeholder="pk_..."
        value={apiKey}
        autoFocus
        autoComplete="current-password"
        spellCheck={false}
        onChange={setApiKey}
        error={shown}
      />
      <Button type="submit" size="sm" fullWidth loading={isPending} disabled={apiKey.trim() === ''}>
        Sign in
      </Button>
    </form>
  );
}
