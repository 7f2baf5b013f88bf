import { Button, Modal, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { goalNamesQuery, saveRule } from '../../api/alertQueries';
import { sentences } from '../../api/errors';
import { keys } from '../../api/keys';
import {
  bodyOf,
  draftOf,
  metricsOf,
  NEW_RULE,
  newSecret,
  UNITS,
  unitOf,
  type RuleDraft,
  type Subject,
} from '../../model/alertRule';
import { SecretOnce } from '../../parts/SecretOnce';
import settings from '../settings/Settings.module.css';

import classes from './Alerts.module.css';

import type { AlertRule } from '../../api/schema';

const SUBJECTS = [
  { value: 'session', label: 'each session, while it runs' },
  { value: 'aggregate', label: 'all sessions of a window' },
];

/** A rule in the words of its sentence; `null`: a new one. */
export function RuleForm({ rule, onClose }: { rule: AlertRule | null; onClose: () => void }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<RuleDraft>(() => (rule === null ? NEW_RULE : draftOf(rule)));
  const set = (change: Partial<RuleDraft>): void => setDraft((old) => ({ ...old, ...change }));
  const body = bodyOf(draft, rule);
  const { mutate, isPending, error } = useMutation({
    mutationFn: saveRule,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.rules });
      onClose();
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={rule === null ? 'New rule' : 'Edit the rule'}
      size={600}
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (body !== null) mutate({ id: rule?.id ?? null, body });
        }}
      >
        <TextInput
          className={classes.wide ?? ''}
          label="Name"
          placeholder="such as runaway"
          value={draft.name}
          maxLength={200}
          data-autofocus
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <Condition draft={draft} set={set} />
        <TextInput
          className={classes.wide ?? ''}
          label="Only of sessions where"
          placeholder='a filter expression, such as environment = "production"'
          value={draft.filter}
          onChange={(event) => set({ filter: event.currentTarget.value })}
        />
        <Webhook draft={draft} rule={rule} set={set} />
        {error !== null && (
          <p className={`${settings.failed ?? ''} ${classes.wide ?? ''}`} role="alert">
            Not saved. {sentences(error)}
          </p>
        )}
        <div
          className={`${settings.buttons ?? ''} ${classes.wide ?? ''}`}
          style={{ justifyContent: 'flex-end' }}
        >
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isPending} disabled={body === null}>
            {rule === null ? 'Add the rule' : 'Save the rule'}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

interface PartProps {
  draft: RuleDraft;
  set: (change: Partial<RuleDraft>) => void;
}

function Condition({ draft, set }: PartProps) {
  const { subject, metric, side } = draft;
  const { data: goals = [] } = useQuery({ ...goalNamesQuery, enabled: metric === 'completionRate' });
  const isWindow = subject === 'aggregate';
  return (
    <>
      <NativeSelect
        size="xs"
        label="Look at"
        value={subject}
        data={SUBJECTS}
        onChange={(event) => {
          const next = event.currentTarget.value as Subject;
          set({ subject: next, metric: metricsOf(next)[0]?.name ?? '', side: 'above' });
        }}
      />
      <NativeSelect
        size="xs"
        label="Its"
        value={metric}
        data={metricsOf(subject).map(({ name, label }) => ({ value: name, label }))}
        onChange={(event) => set({ metric: event.currentTarget.value })}
      />
      {isWindow && (
        <NativeSelect
          size="xs"
          label="Fires"
          value={side}
          data={['above', 'below']}
          onChange={(event) => set({ side: event.currentTarget.value as RuleDraft['side'] })}
        />
      )}
      <TextInput
        label={isWindow ? 'Limit' : 'Above'}
        description={UNITS[unitOf(subject, metric)]}
        value={draft.threshold}
        inputMode="decimal"
        onChange={(event) => set({ threshold: event.currentTarget.value })}
      />
      {isWindow && (
        <>
          <TextInput
            label="Window"
            description="that ends now, such as 15m, 1h or 7d"
            value={draft.window}
            onChange={(event) => set({ window: event.currentTarget.value })}
          />
          <TextInput
            label="At least so many sessions"
            description="fewer say too little"
            inputMode="numeric"
            value={draft.minSessions}
            onChange={(event) => set({ minSessions: event.currentTarget.value })}
          />
        </>
      )}
      {metric === 'completionRate' && (
        <NativeSelect
          size="xs"
          label="Goal"
          value={draft.goal}
          data={['', ...new Set([...goals, ...(draft.goal === '' ? [] : [draft.goal])])]}
          onChange={(event) => set({ goal: event.currentTarget.value })}
        />
      )}
    </>
  );
}

function Webhook({ draft, rule, set }: PartProps & { rule: AlertRule | null }) {
  const old = rule?.webhook ?? null;
  const keeps = old?.hasSecret === true && old.url === draft.url.trim();
  return (
    <>
      <TextInput
        className={classes.wide ?? ''}
        type="url"
        label="Tell this address (webhook)"
        placeholder="https://..., or nothing"
        value={draft.url}
        onChange={(event) => set({ url: event.currentTarget.value })}
      />
      {draft.url.trim() !== '' &&
        (draft.secret === '' ? (
          <div className={`${settings.buttons ?? ''} ${classes.wide ?? ''}`}>
            <Button
              variant="default"
              onClick={() => set({ secret: newSecret((bytes) => window.crypto.getRandomValues(bytes)) })}
            >
              {keeps ? 'Make another secret' : 'Make a secret to sign with'}
            </Button>
            <span className={settings.note}>
              {keeps
                ? 'It is signed with the secret that it has.'
                : 'Without one, anybody could send the same.'}
            </span>
          </div>
        ) : (
          <div className={classes.wide}>
            <SecretOnce what="signing secret" secret={draft.secret}>
              Copy the secret now: once the rule is saved it is never shown again.
            </SecretOnce>
          </div>
        ))}
    </>
  );
}
