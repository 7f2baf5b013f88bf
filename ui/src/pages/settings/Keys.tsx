import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { sentences } from '../../api/errors';
import { keys } from '../../api/keys';
import { addKey, apiKeysQuery, revokeKey } from '../../api/projectQueries';
import { moment } from '../../format/time';
import { visibleName } from '../../model/visible';
import { Confirm } from '../../parts/Confirm';
import { Data } from '../../parts/Data';
import { ErrorState } from '../../parts/ErrorState';
import { SecretOnce } from '../../parts/SecretOnce';
import { Time } from '../../parts/Time';
import { useNow } from '../../state/now';

import { NotYours } from './NotYours';
import { useIsAdmin } from './useScopes';
import classes from './Settings.module.css';

import type { ApiKey } from '../../api/schema';

const DAY_MS = 86_400_000;
const SCOPES = [
  { scope: 'ingest', label: 'ingest: send telemetry' },
  { scope: 'read', label: 'read: see everything' },
  { scope: 'admin', label: 'admin: keys, people, prices, settings, erasing' },
];

export function Keys() {
  const isAdmin = useIsAdmin();
  const { data, error, refetch } = useQuery({ ...apiKeysQuery, enabled: isAdmin });
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  if (!isAdmin) return <NotYours what="the project’s keys" />;
  if (data === undefined && error !== null)
    return <ErrorState what="Cannot list the keys" error={error} onRetry={() => void refetch()} />;
  return (
    <>
      <NewKeyForm />
      <section className={classes.section} aria-label="Keys">
        <h2>Keys</h2>
        <div className={classes.scroll} tabIndex={0} role="group" aria-label="Keys, scrolls">
          <table
            className={`${classes.table ?? ''} ${classes.stack ?? ''}`}
            aria-label="Keys"
            aria-busy={data === undefined}
          >
            <thead>
              <tr>
                {['Name', 'Begins with', 'Scopes', 'Made', 'Last used', 'State'].map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
                <td />
              </tr>
            </thead>
            <tbody>
              {data?.map((key) => (
                <KeyRow key={key.id} apiKey={key} onRevoke={() => setRevoking(key)} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
      {revoking !== null && <Revoke apiKey={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const { name, prefix, scopes, createdAt, lastUsedAt, expiresAt, revokedAt } = apiKey;
  const now = useNow();
  const ends = moment(expiresAt);
  const isExpired = ends !== null && ends <= now;
  const isOver = revokedAt !== null || isExpired;
  return (
    <tr data-over={isOver || undefined}>
      <th scope="row">
        <Data>{name}</Data>
      </th>
      <td className={classes.mono} data-head="Begins with">
        {prefix}…
      </td>
      <td data-head="May">{scopes.join(', ')}</td>
      <td data-head="Made">
        <Time iso={createdAt} />
      </td>
      <td data-head="Last used">{lastUsedAt === null ? 'never' : <Time iso={lastUsedAt} />}</td>
      <td data-head="State">
        {revokedAt !== null ? (
          <>
            revoked <Time iso={revokedAt} />
          </>
        ) : ends === null ? (
          'works'
        ) : (
          <>
            {isExpired ? 'expired' : 'ends'} <Time iso={expiresAt} />
          </>
        )}
      </td>
      <td>
        {!isOver && (
          <button
            type="button"
            className={classes.quiet}
            aria-label={`Revoke ${visibleName(name)}, ${prefix}`}
            onClick={onRevoke}
          >
            Revoke
          </button>
        )}
      </td>
    </tr>
  );
}

function Revoke({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const client = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => revokeKey(apiKey.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.apiKeys });
      onClose();
    },
  });
  return (
    <Confirm
      title="Revoke this key?"
      action="Revoke the key"
      isPending={isPending}
      error={error}
      onClose={onClose}
      onConfirm={() => mutate()}
    >
      <p>
        <b>
          <Data>{apiKey.name}</Data>
        </b>{' '}
        <span className={classes.mono}>{apiKey.prefix}…</span>
        {apiKey.lastUsedAt !== null && (
          <>
            , last used <Time iso={apiKey.lastUsedAt} />
          </>
        )}
      </p>
      <p>
        Programs that send with it are refused from now on, and browsers that signed in with it are signed
        out; if this one did, so are you. This cannot be undone.
      </p>
    </Confirm>
  );
}

function NewKeyForm() {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly string[]>(['ingest']);
  const [days, setDays] = useState('');
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: addKey,
    onSuccess: () => {
      setName('');
      void client.invalidateQueries({ queryKey: keys.apiKeys });
    },
  });
  return (
    <section className={classes.section} aria-label="A new key">
      <h2>A new key</h2>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          const expiresAt = days === '' ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString();
          mutate({ name: name.trim(), scopes: [...scopes], expiresAt });
        }}
      >
        <TextInput
          className={classes.grow ?? ''}
          label="Name"
          placeholder="who or what uses it"
          value={name}
          maxLength={100}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          label="Works"
          value={days}
          data={[
            { value: '', label: 'until revoked' },
            { value: '30', label: 'for 30 days' },
            { value: '90', label: 'for 90 days' },
            { value: '365', label: 'for a year' },
          ]}
          onChange={(event) => setDays(event.currentTarget.value)}
        />
        <div className={classes.scopes} role="group" aria-label="Scopes">
          {SCOPES.map(({ scope, label }) => (
            <Checkbox
              key={scope}
              size="xs"
              label={label}
              checked={scopes.includes(scope)}
              onChange={(event) =>
                setScopes(
                  event.currentTarget.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope),
                )
              }
            />
          ))}
        </div>
        <Button type="submit" loading={isPending} disabled={name.trim() === '' || scopes.length === 0}>
          Make the key
        </Button>
      </form>
      {error !== null && (
        <p className={classes.failed} role="alert">
          {sentences(error)}
        </p>
      )}
      {data !== undefined && (
        <SecretOnce what="API key" secret={data.apiKey}>
          <Data>{data.name}</Data>, with {data.scopes.join(', ')}. Copy the key now: it is shown this once.
        </SecretOnce>
      )}
    </section>
  );
}
