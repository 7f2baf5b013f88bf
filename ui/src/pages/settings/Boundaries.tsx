import { Button, Checkbox, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';

import { sentences } from '../../api/errors';
import { keys } from '../../api/keys';
import {
  changeSettings,
  expiredFilter,
  expiringQuery,
  filtered,
  settingsQuery,
  type SettingsPatch,
} from '../../api/projectQueries';
import { formatCount, plural } from '../../format/numbers';
import { wholeNumber } from '../../model/settingsInput';
import { Confirm } from '../../parts/Confirm';
import { ErrorState } from '../../parts/ErrorState';
import { Link } from '../../parts/Link';
import { useNow } from '../../state/now';

import { DataCare } from './DataCare';
import { Outcome } from './Outcome';
import { useIsAdmin } from './useScopes';
import classes from './Settings.module.css';

import type { ProjectSettings } from '../../api/schema';

const MOST_IDLE_MINUTES = 10_080;
const MOST_DAYS = 36_500;

/** Where a session ends, which traces become one, and how long it is kept. */
export function Boundaries() {
  const isAdmin = useIsAdmin();
  const { data, error, refetch } = useQuery(settingsQuery);
  if (data === undefined) {
    if (error === null) return null;
    return <ErrorState what="Cannot read the settings" error={error} onRetry={() => void refetch()} />;
  }
  return (
    <>
      {!isAdmin && (
        <p className={classes.note}>
          Only owners, and keys with the scope admin, change these; everybody sees them.
        </p>
      )}
      <IdleTime settings={data} />
      <AutoSessions settings={data} />
      <Retention settings={data} />
      <DataCare />
    </>
  );
}

function useChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (patch: SettingsPatch) => changeSettings(patch),
    onSuccess: (settings) => {
      client.setQueryData(keys.settings, settings);
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.settings[0] });
    },
  });
}

interface PartProps {
  title: string;
  note: ReactNode;
  children: ReactNode;
}

function Part({ title, note, children }: PartProps) {
  return (
    <section className={classes.section} aria-label={title}>
      <h2>{title}</h2>
      <p className={classes.note}>{note}</p>
      {children}
    </section>
  );
}

function IdleTime({ settings: { idleMinutes } }: { settings: ProjectSettings }) {
  const isAdmin = useIsAdmin();
  const [typed, setTyped] = useState(String(idleMinutes));
  const { mutate, isPending, error, isSuccess } = useChange();
  const minutes = wholeNumber(typed, 1, MOST_IDLE_MINUTES);
  return (
    <Part
      title="Idle time"
      note="A longer pause ends a stretch of activity. Active time, long waits and which sessions are active follow at once, for past sessions too."
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (minutes !== null) mutate({ idleMinutes: minutes });
        }}
      >
        <TextInput
          className={classes.narrow ?? ''}
          label="Minutes"
          inputMode="numeric"
          value={typed}
          disabled={!isAdmin}
          error={minutes === null && `1 to ${formatCount(MOST_IDLE_MINUTES)}`}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {isAdmin && (
          <Button type="submit" loading={isPending} disabled={minutes === null || minutes === idleMinutes}>
            Save the idle time
          </Button>
        )}
        <Outcome error={error} isSuccess={isSuccess && minutes === idleMinutes} />
      </form>
    </Part>
  );
}

function AutoSessions({ settings: { autoSessions, isApplied } }: { settings: ProjectSettings }) {
  const isAdmin = useIsAdmin();
  const { mutate, error, isSuccess } = useChange();
  // What was just asked for, until the server has answered.
  const [asked, setAsked] = useState<boolean | null>(null);
  const change = (on: boolean): void => {
    setAsked(on);
    mutate({ autoSessions: on }, { onSettled: () => setAsked(null) });
  };
  return (
    <Part
      title="Automatic sessions"
      note="For programs that name a user and no session: each stretch of activity of a user becomes a session; a pause longer than the idle time begins another. Past traces follow in the background, and switching it off takes such sessions apart again."
    >
      <div className={classes.buttons}>
        <Checkbox
          label="Make sessions of traces that name only a user"
          checked={asked ?? autoSessions}
          disabled={!isAdmin}
          onChange={(event) => change(event.currentTarget.checked)}
        />
        {isApplied ? (
          <Outcome error={error} isSuccess={isSuccess} />
        ) : (
          <span role="status">Past traces are being gone through</span>
        )}
      </div>
    </Part>
  );
}

function Retention({ settings: { retentionDays } }: { settings: ProjectSettings }) {
  const isAdmin = useIsAdmin();
  const kept = retentionDays === null ? '' : String(retentionDays);
  const [typed, setTyped] = useState(kept);
  const [asks, setAsks] = useState(false);
  const { mutate, isPending, error, isSuccess, reset } = useChange();
  const days = typed.trim() === '' ? null : wholeNumber(typed, 1, MOST_DAYS);
  const isRight = typed.trim() === '' || days !== null;
  const keepsLess = days !== null && (retentionDays === null || days < retentionDays);
  const save = (): void => mutate({ retentionDays: days }, { onSuccess: () => setAsks(false) });
  return (
    <Part
      title="Retention"
      note="Sessions in which nothing has happened for longer are erased for good, with all that was said of them, and so are traces without a session. It is looked after once an hour, and takes at most a tenth of the project at a time."
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          reset();
          if (keepsLess) setAsks(true);
          else save();
        }}
      >
        <TextInput
          className={classes.narrow ?? ''}
          label="Days to keep"
          placeholder="for good"
          inputMode="numeric"
          value={typed}
          disabled={!isAdmin}
          error={!isRight && `1 to ${formatCount(MOST_DAYS)}, or nothing`}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {isAdmin && (
          <Button type="submit" loading={isPending} disabled={!isRight || days === retentionDays}>
            {days === null ? 'Keep for good' : 'Save the retention'}
          </Button>
        )}
        <Outcome error={asks ? null : error} isSuccess={isSuccess && days === retentionDays} />
      </form>
      {days !== null && <Expiring days={days} isSaved={days === retentionDays} />}
      {asks && days !== null && (
        <Confirm
          title={`Keep ${plural(days, 'day')} only?`}
          keep="Keep everything"
          action="Erase what is older"
          isPending={isPending}
          error={error}
          onClose={() => setAsks(false)}
          onConfirm={save}
        >
          <Expiring days={days} isSaved={false} />
          <p>What is erased cannot be had back, but from a backup.</p>
        </Confirm>
      )}
    </Part>
  );
}

/** What a retention of so many days takes, as a door to it. */
function Expiring({ days, isSaved }: { days: number; isSaved: boolean }) {
  const { data, error } = useQuery(expiringQuery(days));
  const now = useNow();
  if (error !== null) return <p className={classes.note}>Cannot tell what it erases. {sentences(error)}</p>;
  if (data === undefined) return <p className={classes.note}>Counting what it erases</p>;
  if (data.sessionCount === 0)
    return <p className={classes.note}>No session is older: nothing is erased today.</p>;
  return (
    <p className={classes.note}>
      {isSaved ? 'It erases ' : 'It would erase '}
      <Link to={filtered(expiredFilter(days, now))}>{plural(data.sessionCount, 'session')}</Link> with{' '}
      {plural(data.traceCount, 'turn')} that are older today.
    </p>
  );
}
