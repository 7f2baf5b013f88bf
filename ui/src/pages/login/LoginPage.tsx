import { Button, Loader, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import { postJson } from '../../api/client';
import { sentences } from '../../api/errors';
import { forgetEverything } from '../../api/queryClient';
import { navigate, useAddress } from '../../state/location';
import { safeNext } from '../../state/routes';
import { useTitle } from '../../state/title';

import classes from './LoginPage.module.css';

type Credentials = { apiKey: string } | { token: string };

/** The one-time token of the link, taken out of the address at once: it must not stay in the history. */
function takeToken(): string | null {
  const token = new URLSearchParams(window.location.hash.slice(1)).get('token');
  if (token === null) return null;
  window.history.replaceState(null, '', window.location.pathname + window.location.search);
  return token === '' ? null : token;
}

export function LoginPage() {
  useTitle('Sign in');
  const { search } = useAddress();
  const [apiKey, setApiKey] = useState('');
  const token = useRef<string | null>(null);
  const { mutate, isPending, error, variables } = useMutation({
    mutationFn: (credentials: Credentials) => postJson('/auth/login', credentials),
    onSuccess: () => {
      forgetEverything();
      navigate(safeNext(new URLSearchParams(search).get('next')), 'replace');
    },
  });
  useEffect(() => {
    const found = takeToken();
    // Strict mode runs this twice, and a one-time token works once.
    if (found === null || token.current !== null) return;
    token.current = found;
    mutate({ token: found });
  }, [mutate]);
  const byLink = variables !== undefined && 'token' in variables;
  if (isPending && byLink) {
    return (
      <main className={classes.page}>
        <p className={classes.wait} role="status">
          <Loader size={16} /> Signing in
        </p>
      </main>
    );
  }
  return (
    <main className={classes.page}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (apiKey.trim() !== '') mutate({ apiKey: apiKey.trim() });
        }}
      >
        <img src="/favicon.svg" width={32} height={32} alt="" />
        <h1>Sign in to Threadline</h1>
        <p className={classes.hint}>
          Open the sign-in link that the server printed when it started, or paste an API key of the project.
          The first one is in <code>credentials.json</code> in its data directory.
        </p>
        <PasswordInput
          label="API key"
          placeholder="pk_..."
          value={apiKey}
          onChange={(event) => setApiKey(event.currentTarget.value)}
          error={error === null ? null : sentences(error)}
          errorProps={{ role: 'alert' }}
          aria-invalid={error !== null}
          autoFocus
          autoComplete="current-password"
          spellCheck={false}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the key' }}
        />
        <Button type="submit" size="sm" fullWidth loading={isPending} disabled={apiKey.trim() === ''}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
