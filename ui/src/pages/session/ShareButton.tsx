import { ActionIcon, Button, Modal, NativeSelect } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { sentences } from '../../api/errors';
import { keys } from '../../api/keys';
import { addShare, revokeShare, sharesQuery } from '../../api/shareQueries';
import { formatDateTime, moment } from '../../format/time';
import { Data } from '../../parts/Data';
import { Icon } from '../../parts/Icon';
import { SecretOnce } from '../../parts/SecretOnce';
import { Time } from '../../parts/Time';
import { useNow } from '../../state/now';
import { useShortcut } from '../../state/shortcuts';

import { useEdit } from './useSessionEdit';
import classes from './Share.module.css';

const DAY_MS = 86_400_000;
const LIFETIMES = [
  { days: 1, label: 'for a day' },
  { days: 7, label: 'for 7 days' },
  { days: 30, label: 'for 30 days' },
  { days: 90, label: 'for 90 days' },
];

/** A link by which anybody reads this session; those that are open can be revoked. */
export function ShareButton({ sessionId }: { sessionId: string }) {
  const { canShare } = useEdit();
  const [opened, setOpened] = useState(false);
  const open = (): void => setOpened(true);
  useShortcut({ keys: null, label: 'Share the session', group: 'Session', isCommand: true }, open, canShare);
  if (!canShare) return null;
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label="Share the session"
        data-tip="Share the session"
        onClick={open}
      >
        <Icon name="share" size={14} />
      </ActionIcon>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title="Share this session"
        size={520}
        centered
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <ShareForm sessionId={sessionId} />
      </Modal>
    </>
  );
}

function ShareForm({ sessionId }: { sessionId: string }) {
  const client = useQueryClient();
  const now = useNow();
  const [days, setDays] = useState('7');
  const { data: open = [], error: unread } = useQuery(sharesQuery(sessionId));
  const refresh = (): void => void client.invalidateQueries({ queryKey: keys.shares(sessionId) });
  const add = useMutation({
    mutationFn: () =>
      addShare(sessionId, new Date(Date.now() + Number(days) * DAY_MS - 60_000).toISOString()),
    onSuccess: refresh,
  });
  const revoke = useMutation({ mutationFn: revokeShare, onSettled: refresh });
  const error = add.error ?? revoke.error ?? unread;
  return (
    <div className={classes.form}>
      <p className={classes.what}>
        Whoever has the link reads this conversation, its timeline and steps, without signing in. They see
        nothing else of the project and change nothing.
      </p>
      <form
        className={classes.make}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <NativeSelect
          size="xs"
          aria-label="How long the link works"
          value={days}
          data={LIFETIMES.map(({ days: value, label }) => ({ value: String(value), label }))}
          onChange={(event) => setDays(event.currentTarget.value)}
        />
        <Button type="submit" loading={add.isPending}>
          Make a link
        </Button>
      </form>
      {add.data !== undefined && (
        <SecretOnce what="link" secret={add.data.link}>
          Copy the link now: it is shown this once.
        </SecretOnce>
      )}
      {error !== null && (
        <p className={classes.failed} role="alert">
          {sentences(error)}
        </p>
      )}
      {open.length > 0 && (
        <section>
          <h3 className={classes.title}>Open links</h3>
          <ul className={classes.links} aria-label="Open links">
            {open.map((share) => (
              <li key={share.id}>
                <span>
                  made <Time iso={share.createdAt} />
                  {share.createdBy !== '' && (
                    <>
                      {' '}
                      by <Data>{share.createdBy}</Data>
                    </>
                  )}
                  , ends {formatDateTime(moment(share.expiresAt) ?? now, now)},{' '}
                  {share.lastOpenedAt === null ? (
                    'never opened'
                  ) : (
                    <>
                      opened <Time iso={share.lastOpenedAt} />
                    </>
                  )}
                </span>
                <Button
                  variant="default"
                  size="compact-xs"
                  aria-label={`Revoke link ${share.id}`}
                  onClick={() => revoke.mutate(share)}
                >
                  Revoke
                </Button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
