import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { sentences } from '../../api/errors';
import { keys } from '../../api/keys';
import { invitationsQuery, invite, withdraw } from '../../api/peopleQueries';
import { visibleName } from '../../model/visible';
import { Data } from '../../parts/Data';
import { SecretOnce } from '../../parts/SecretOnce';
import { Time, Until } from '../../parts/Time';

import classes from './Settings.module.css';

import type { Invitation, Role } from '../../api/schema';

const AS_ROLE: Record<Role, string> = { owner: 'an owner', member: 'a member', viewer: 'a viewer' };

/** Links by which people come in: one is made, and those that are open can be withdrawn. */
export function Invitations({ hasOwner }: { hasOwner: boolean }) {
  const client = useQueryClient();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>(hasOwner ? 'member' : 'owner');
  const refresh = () => client.invalidateQueries({ queryKey: keys.invitations });
  const { mutate, data, error, isPending, reset } = useMutation({
    mutationFn: invite,
    onSuccess: () => {
      setEmail('');
      void refresh();
    },
  });
  return (
    <>
      <section className={classes.section} aria-label="Invite somebody">
        <h2>Invite somebody</h2>
        <p className={classes.note}>
          Makes a link that lets one person in, once, within a week. Send it yourself: Threadline sends no
          mail.
        </p>
        <form
          className={classes.form}
          onSubmit={(event) => {
            event.preventDefault();
            mutate({ role, email: email.trim() || null });
          }}
        >
          <TextInput
            className={classes.grow ?? ''}
            type="email"
            label="E-mail"
            placeholder="only for this address; or nothing, for whoever has the link"
            value={email}
            maxLength={254}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <NativeSelect
            size="xs"
            label="Role"
            value={role}
            data={['owner', 'member', 'viewer']}
            onChange={(event) => setRole(event.currentTarget.value as Role)}
          />
          <Button type="submit" loading={isPending}>
            Make the link
          </Button>
        </form>
        {error !== null && (
          <p className={classes.failed} role="alert">
            {sentences(error)}
          </p>
        )}
        {data !== undefined && (
          <SecretOnce what="invitation link" secret={data.link}>
            For {data.email === null ? 'whoever has it' : <Data>{data.email}</Data>}, as {AS_ROLE[data.role]};
            it ends <Until iso={data.expiresAt} />. Copy it now: it is shown this once.
          </SecretOnce>
        )}
      </section>
      <Open
        onWithdrawn={(id) => {
          if (data?.id === id) reset();
          void refresh();
        }}
      />
    </>
  );
}

function Open({ onWithdrawn }: { onWithdrawn: (id: number) => void }) {
  const { data, error } = useQuery(invitationsQuery);
  const withdrawing = useMutation({
    mutationFn: withdraw,
    onSettled: (_answer, _error, id) => onWithdrawn(id),
  });
  if (data === undefined)
    return error === null ? null : (
      <p className={classes.failed} role="alert">
        Cannot list the open invitations. {sentences(error)}
      </p>
    );
  if (data.length === 0) return null;
  return (
    <section className={classes.section} aria-label="Open invitations">
      <h2>Open invitations</h2>
      <ul className={classes.lines} aria-label="Open invitations">
        {data.map((invitation) => (
          <li key={invitation.id}>
            <Line invitation={invitation} />
            <button
              type="button"
              className={classes.quiet}
              aria-label={`Withdraw the invitation for ${invitation.email === null ? 'whoever has the link' : visibleName(invitation.email)}, ${invitation.id}`}
              disabled={withdrawing.isPending}
              onClick={() => withdrawing.mutate(invitation.id)}
            >
              Withdraw
            </button>
          </li>
        ))}
      </ul>
      {withdrawing.error !== null && (
        <p className={classes.failed} role="alert">
          {sentences(withdrawing.error)}
        </p>
      )}
    </section>
  );
}

function Line({ invitation: { id, email, role, createdAt, expiresAt } }: { invitation: Invitation }) {
  return (
    <span data-tip={`Invitation ${id}`}>
      <b>{email === null ? 'Whoever has the link' : <Data>{email}</Data>}</b>, as {AS_ROLE[role]}
      <span className={classes.sub}>
        made <Time iso={createdAt} />, ends <Until iso={expiresAt} />
      </span>
    </span>
  );
}
