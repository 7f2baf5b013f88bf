import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { deleteRule, rulesQuery, saveRule, testRule } from '../../api/alertQueries';
import { sentences } from '../../api/errors';
import { keys } from '../../api/keys';
import { ruleSentence, switched } from '../../model/alertRule';
import { visibleName } from '../../model/visible';
import { Confirm } from '../../parts/Confirm';
import { Data } from '../../parts/Data';
import { ErrorState } from '../../parts/ErrorState';
import { Link } from '../../parts/Link';
import settings from '../settings/Settings.module.css';
import { useIsAdmin } from '../settings/useScopes';

import { RuleForm } from './RuleForm';
import classes from './Alerts.module.css';

import type { AlertRule } from '../../api/schema';

/** The project's rules: what is looked at, whom it tells, and whether it does. */
export function Rules() {
  const isAdmin = useIsAdmin();
  const { data, error, refetch } = useQuery(rulesQuery);
  const [editing, setEditing] = useState<AlertRule | 'new' | null>(null);
  const [deleting, setDeleting] = useState<AlertRule | null>(null);
  if (data === undefined && error !== null)
    return <ErrorState what="Cannot list the rules" error={error} onRetry={() => void refetch()} />;
  return (
    <section className={settings.section} aria-label="Rules">
      <p className={settings.note}>
        A rule is tried on each session as it changes, or every minute on all sessions of a window. It fires
        once, and again only after it has cleared.
        {!isAdmin && ' Only owners, and keys with the scope admin, make and change rules.'}
      </p>
      {isAdmin && (
        <div>
          <Button onClick={() => setEditing('new')}>New rule</Button>
        </div>
      )}
      {data !== undefined && data.length > 0 && (
        <div className={settings.scroll} tabIndex={0} role="group" aria-label="Rules, scrolls">
          <table className={`${settings.table ?? ''} ${settings.stack ?? ''}`} aria-label="Rules">
            <thead>
              <tr>
                {['Rule', 'Webhook', 'State'].map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
                <td />
              </tr>
            </thead>
            <tbody>
              {data.map((rule) => (
                <RuleRow
                  key={rule.id}
                  rule={rule}
                  isAdmin={isAdmin}
                  onEdit={() => setEditing(rule)}
                  onDelete={() => setDeleting(rule)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {data?.length === 0 && (
        <p className={settings.note}>
          There is no rule yet. Good first ones: a session that costs more than it should, that calls the same
          tool again and again, or the share of sessions with errors in the last hour.
        </p>
      )}
      {editing !== null && (
        <RuleForm rule={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
      )}
      {deleting !== null && <Delete rule={deleting} onClose={() => setDeleting(null)} />}
    </section>
  );
}

interface RowProps {
  rule: AlertRule;
  isAdmin: boolean;
  onEdit: () => void;
  onDelete: () => void;
}

function RuleRow({ rule, isAdmin, onEdit, onDelete }: RowProps) {
  const client = useQueryClient();
  const named = visibleName(rule.name);
  const pause = useMutation({
    mutationFn: () => saveRule({ id: rule.id, body: switched(rule, !rule.enabled) }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.rules }),
  });
  const filters = Object.entries(rule.filters).map(([name, value]) =>
    name === 'filter' ? String(value) : `${name}: ${String(value)}`,
  );
  return (
    <tr data-over={!rule.enabled || undefined}>
      <th scope="row">
        <Link to={`/alerts?rule=${rule.id}`} data-tip="What it found">
          <Data>{rule.name}</Data>
        </Link>
        <span className={classes.sub}>{ruleSentence(rule)}</span>
        {filters.length > 0 && (
          <span className={classes.sub}>
            of sessions where <Data>{filters.join(' and ')}</Data>
          </span>
        )}
      </th>
      <td data-head="Webhook" style={{ whiteSpace: 'normal', overflowWrap: 'anywhere' }}>
        <Webhook rule={rule} isAdmin={isAdmin} />
      </td>
      <td data-head="State">{rule.enabled ? 'watches' : 'paused'}</td>
      <td>
        {isAdmin && (
          <span className={settings.buttons} style={{ justifyContent: 'flex-end' }}>
            <button
              type="button"
              className={settings.quiet}
              aria-label={`${rule.enabled ? 'Pause' : 'Go on with'} ${named}`}
              onClick={() => pause.mutate()}
            >
              {rule.enabled ? 'Pause' : 'Go on'}
            </button>
            <button type="button" className={settings.quiet} aria-label={`Edit ${named}`} onClick={onEdit}>
              Edit
            </button>
            <button
              type="button"
              className={settings.quiet}
              aria-label={`Delete ${named}`}
              onClick={onDelete}
            >
              Delete
            </button>
          </span>
        )}
        {pause.error !== null && (
          <span className={settings.failed} role="alert">
            {sentences(pause.error)}
          </span>
        )}
      </td>
    </tr>
  );
}

/** Where a rule tells it, and what came of a test. */
function Webhook({ rule: { id, name, webhook }, isAdmin }: { rule: AlertRule; isAdmin: boolean }) {
  const { mutate, data, error, isPending } = useMutation({ mutationFn: () => testRule(id) });
  if (webhook === null) return '-';
  return (
    <>
      <Data>{webhook.url}</Data>
      <span className={classes.sub}>
        {webhook.hasSecret ? 'signed' : 'not signed'}
        {isAdmin && (
          <>
            {' · '}
            <button
              type="button"
              className={settings.quiet}
              aria-label={`Send a test to the webhook of ${visibleName(name)}`}
              disabled={isPending}
              onClick={() => mutate()}
            >
              {isPending ? 'Sending' : 'Send a test'}
            </button>
          </>
        )}
      </span>
      <span
        role="status"
        className={error !== null || data?.delivered === false ? settings.failed : undefined}
      >
        {error !== null && sentences(error)}
        {data !== undefined &&
          (data.delivered
            ? `Delivered: it answered ${data.status ?? '2xx'}`
            : `Not delivered: ${data.problem ?? `it answered ${data.status ?? 'nothing'}`}`)}
      </span>
    </>
  );
}

function Delete({ rule, onClose }: { rule: AlertRule; onClose: () => void }) {
  const client = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => deleteRule(rule.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.rules });
      onClose();
    },
  });
  return (
    <Confirm
      title="Delete this rule?"
      action="Delete the rule"
      isPending={isPending}
      error={error}
      onClose={onClose}
      onConfirm={() => mutate()}
    >
      <p>
        <b>
          <Data>{rule.name}</Data>
        </b>
      </p>
      <p>It finds nothing any more, and its webhook is told nothing more. What it found stays in the list.</p>
    </Confirm>
  );
}
