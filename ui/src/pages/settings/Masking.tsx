import { Button, Checkbox } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { keys } from '../../api/keys';
import { maskingQuery, saveMasking } from '../../api/maskingQueries';
import { DETECTORS, isSame, written } from '../../model/maskingRules';
import { Confirm } from '../../parts/Confirm';
import { ErrorState } from '../../parts/ErrorState';

import { MaskingTrial } from './MaskingTrial';
import { Outcome } from './Outcome';
import { OwnPatterns } from './OwnPatterns';
import { useIsAdmin } from './useScopes';
import classes from './Settings.module.css';

import type { Detector, MaskingRules } from '../../api/schema';

/** What is replaced in all that arrives, before it is stored. */
export function Masking() {
  const { data, error, refetch } = useQuery({ ...maskingQuery, refetchOnWindowFocus: false });
  if (data === undefined) {
    if (error === null) return null;
    return <ErrorState what="Cannot read what is masked" error={error} onRetry={() => void refetch()} />;
  }
  return <Rules saved={data} />;
}

function Rules({ saved }: { saved: MaskingRules }) {
  const isAdmin = useIsAdmin();
  const client = useQueryClient();
  const [draft, setDraft] = useState(saved);
  const [asks, setAsks] = useState(false);
  const rules = written(draft);
  const isEmpty = rules.detectors.length + rules.patterns.length === 0;
  const isHalf = rules.patterns.some(({ name, pattern }) => name === '' || pattern === '');
  const { mutate, isPending, error, isSuccess, reset } = useMutation({
    mutationFn: saveMasking,
    onSuccess: (kept) => {
      client.setQueryData(keys.masking, kept);
      setDraft(kept);
      setAsks(false);
    },
  });
  const change = (next: Partial<MaskingRules>): void => {
    if (!isPending) reset();
    setDraft((old) => ({ ...old, ...next }));
  };
  const toggle = (name: Detector, on: boolean): void =>
    change({ detectors: on ? [...draft.detectors, name] : draft.detectors.filter((one) => one !== name) });
  return (
    <>
      <section className={classes.section} aria-label="Detectors">
        <h2>Detectors</h2>
        <p className={classes.note}>
          What they find in names, inputs, outputs, messages, metadata, errors, comments and scores is
          replaced before anything is stored. A project without any pays nothing.
          {!isAdmin && ' Only owners, and keys with the scope admin, change what is masked.'}
        </p>
        <div className={classes.checks} role="group" aria-label="Detectors">
          {DETECTORS.map(({ name, label, finds, mark }) => (
            <Checkbox
              key={name}
              size="xs"
              classNames={{ label: classes.checkLabel ?? '', description: classes.checkNote ?? '' }}
              label={label}
              description={
                <>
                  {finds}; becomes <code>{mark}</code>
                </>
              }
              checked={draft.detectors.includes(name)}
              disabled={!isAdmin}
              onChange={(event) => toggle(name, event.currentTarget.checked)}
            />
          ))}
        </div>
      </section>
      <OwnPatterns
        patterns={draft.patterns}
        isAdmin={isAdmin}
        onChange={(patterns) => change({ patterns })}
      />
      <MaskingTrial rules={rules} isHalf={isHalf} />
      {isAdmin && (
        <div className={classes.buttons}>
          <Button disabled={isHalf || isSame(rules, saved)} onClick={() => setAsks(true)}>
            {isEmpty ? 'Mask nothing' : 'Save what is masked'}
          </Button>
          {!isSame(rules, saved) && (
            <Button variant="default" onClick={() => change(saved)}>
              Undo the changes
            </Button>
          )}
          <Outcome error={asks ? null : error} isSuccess={isSuccess && isSame(rules, saved)} />
        </div>
      )}
      <p className={classes.note}>
        Not masked: ids of sessions and users, by which all is counted and erased. Send ids that say nothing,
        or mask them in the program. A name or a password in a sentence gives nothing away, and is not found.
      </p>
      {asks && (
        <Confirm
          title={isEmpty ? 'Mask nothing from now on?' : 'Mask this from now on?'}
          keep="Not yet"
          action={isEmpty ? 'Mask nothing' : 'Save what is masked'}
          isPending={isPending}
          error={error}
          onClose={() => setAsks(false)}
          onConfirm={() => mutate(rules)}
        >
          {isEmpty ? (
            <p>What arrives from now on is stored as it was sent, whatever is in it.</p>
          ) : (
            <p>What is replaced in what arrives from now on is stored nowhere: it cannot be had back.</p>
          )}
          <p>
            The past stays as it is. To mask it too, export it, erase it, and import it: an import is masked.
          </p>
        </Confirm>
      )}
    </>
  );
}
