import { Button, Loader } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import { postJson } from '../../api/client';
import { forgetEverything } from '../../api/queryClient';
import { navigate, useAddress } from '../../state/location';
import { safeNext } from '../../state/routes';
import { useTitle } from '../../state/title';

import { InvitationForm } from './InvitationForm';
import { KeyForm } from './KeyForm';
import classes from './LoginPage.module.css';
import { PasswordForm } from './PasswordForm';
import { SingleSignOn } from './SingleSignOn';

/** What a link brings behind `#`; nothing where it is empty. */
function brought(name: 'token' | 'invitation'): string | null {
  const found = new URLSearchParams(window.location.hash.slice(1)).get(name);
  return found === '' ? null : found;
}

export function LoginPage() {
  useTitle('Sign in');
  const { search } = useAddress();
  const next = safeNext(new URLSearchParams(search).get('next'));
  const [withPassword, setWithPassword] = useState(false);
  const [invitation] = useState(() => brought('invitation'));
  const seen = useRef(false);
  const signedIn = () => {
    forgetEverything();
    navigate(next, 'replace');
  };
  const link = useMutation({
    mutationFn: (token: string) => postJson('/auth/login', { token }),
    onSuccess: signedIn,
  });
  const { mutate } = link;
  useEffect(() => {
    // Strict mode runs this twice, and a one-time token works once.
    if (seen.current) return;
    seen.current = true;
    const token = brought('token');
    // Out of the address at once: it must not stay in the history.
    if (window.location.hash !== '')
      window.history.replaceState(null, '', window.location.pathname + window.location.search);
    if (token !== null) mutate(token);
  }, [mutate]);
  if (link.isPending)
    return (
      <main className={classes.page}>
        <p className={classes.wait} role="status">
          <Loader size={16} /> Signing in
        </p>
      </main>
    );
  return (
    <main className={classes.page}>
      <div className={classes.form}>
        <img src="/favicon.svg" width={32} height={32} alt="" />
        {invitation !== null ? (
          <InvitationForm token={invitation} onDone={signedIn} />
        ) : withPassword ? (
          <PasswordForm onDone={signedIn} />
        ) : (
          <KeyForm linkError={link.error} onDone={signedIn} />
        )}
        <SingleSignOn invitation={invitation} next={next} />
        {invitation === null && (
          <Button variant="subtle" size="sm" fullWidth onClick={() => setWithPassword(!withPassword)}>
            {withPassword ? 'Use an API key' : 'Use e-mail and password'}
          </Button>
        )}
      </div>
    </main>
  );
}
