import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';

import { sendJson } from '../../api/client';
import { sentences } from '../../api/errors';
import { methodsQuery } from '../../api/queries';
import type { SignInAddress } from '../../api/schema';

/** The way to the provider of OpenID Connect, where the server has one. */
export function SingleSignOn({ invitation, next }: { invitation: string | null; next: string }) {
  const { data } = useQuery(methodsQuery);
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => sendJson<SignInAddress>('POST', '/auth/oidc', { invitation, next }),
    onSuccess: (address) => {
      window.location.assign(address.location);
    },
  });
  if (data?.oidc !== true) return null;
  return (
    <>
      <Button variant="default" size="sm" fullWidth loading={isPending} onClick={() => mutate()}>
        Continue with single sign-on
      </Button>
      {error !== null && <p role="alert">{sentences(error)}</p>}
    </>
  );
}
