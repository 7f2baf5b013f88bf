import { Button, NativeSelect } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import { sentences } from '../../api/errors';
import { keys } from '../../api/keys';
import { reprice, repricingsQuery } from '../../api/projectQueries';
import { plural } from '../../format/numbers';
import { formatDateTime, moment } from '../../format/time';
import { Time } from '../../parts/Time';
import { useNow } from '../../state/now';

import { useIsAdmin } from './useScopes';
import classes from './Settings.module.css';

import type { Repricing } from '../../api/schema';

const DAY_MS = 86_400_000;
const RANGES = [
  { value: '1', label: 'of the last day' },
  { value: '7', label: 'of the last 7 days' },
  { value: '30', label: 'of the last 30 days' },
  { value: '', label: 'of all time' },
];
const SHOWN = 5;

/** Gives past calls the cost that they would have today, and shows how far that is. */
export function Reprice() {
  const isAdmin = useIsAdmin();
  const client = useQueryClient();
  const [days, setDays] = useState('30');
  const { data = [] } = useQuery(repricingsQuery);
  const isRunning = data.some(({ state }) => state === 'running');
  const refresh = (): void => void client.invalidateQueries({ queryKey: keys.repricings });
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      reprice(days === '' ? null : new Date(Date.now() - Number(days) * DAY_MS).toISOString()),
    onSuccess: refresh,
  });
  // What is shown elsewhere of past sessions is dearer or cheaper now.
  const wasRunning = useRef(isRunning);
  useEffect(() => {
    if (wasRunning.current && !isRunning)
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.prices[0] });
    wasRunning.current = isRunning;
  }, [client, isRunning]);
  return (
    <section className={classes.section} aria-label="Reprice the past">
      <h2>Reprice the past</h2>
      <p className={classes.note}>
        Gives stored calls the cost that they would have if they came in now. A cost that the sender gave
        stays.
      </p>
      {isAdmin && (
        <div className={classes.buttons}>
          <NativeSelect
            size="xs"
            aria-label="Which calls"
            value={days}
            data={RANGES}
            onChange={(event) => setDays(event.currentTarget.value)}
          />
          <Button variant="default" loading={isPending} disabled={isRunning} onClick={() => mutate()}>
            Reprice the calls
          </Button>
        </div>
      )}
      {error !== null && (
        <p className={classes.failed} role="alert">
          {sentences(error)}
        </p>
      )}
      {data.length > 0 && (
        <ul aria-label="Repricings" style={{ listStyle: 'none' }} aria-live="polite">
          {data.slice(0, SHOWN).map((one) => (
            <Progress key={one.id} one={one} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Progress({ one }: { one: Repricing }) {
  const now = useNow();
  const from = moment(one.from);
  const said = { running: 'Running', done: 'Done', failed: 'Failed: start it again' }[one.state];
  return (
    <li className={classes.note}>
      {said}, begun <Time iso={one.requestedAt} />: {plural(one.lookedAt, 'call')} looked at,{' '}
      {one.changed.toLocaleString('en-US')} changed
      {from !== null && `, from ${formatDateTime(from, now)} on`}
    </li>
  );
}
