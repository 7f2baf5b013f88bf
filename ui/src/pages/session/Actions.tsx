import { ActionIcon, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { deleteSession } from '../../api/changes';
import { sentences } from '../../api/errors';
import { plural } from '../../format/numbers';
import { sessionTitle } from '../../model/totals';
import { Data } from '../../parts/Data';
import { EraseButtons } from '../../parts/EraseButtons';
import { Icon } from '../../parts/Icon';
import { navigate } from '../../state/location';
import { useShortcut } from '../../state/shortcuts';

import { useEdit } from './useSessionEdit';
import classes from './Actions.module.css';

import type { Session } from '../../api/schema';

export function Bookmark({ session: { bookmarked } }: { session: Session }) {
  const { canEdit, change } = useEdit();
  const label = bookmarked ? 'Bookmarked' : 'Bookmark';
  const star = (): void =>
    change({ bookmarked: !bookmarked }, bookmarked ? 'Bookmark removed' : 'Bookmarked');
  const told = bookmarked ? 'Remove the bookmark' : 'Bookmark the session';
  useShortcut({ keys: 'b', label: told, group: 'Session', isCommand: true }, star, canEdit);
  if (!canEdit && !bookmarked) return null;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="sm"
      aria-label={label}
      aria-pressed={bookmarked}
      data-tip={bookmarked ? 'Bookmarked: click to remove it' : 'Bookmark this session'}
      disabled={!canEdit}
      className={bookmarked ? classes.bookmarked : undefined}
      onClick={star}
    >
      <Icon name="star" size={15} />
    </ActionIcon>
  );
}

/** Erasing cannot be undone, so it is asked once more, with what goes. */
export function EraseButton({ session }: { session: Session }) {
  const { canErase } = useEdit();
  const [opened, setOpened] = useState(false);
  const client = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => deleteSession(session.id),
    onSuccess: () => {
      navigate('/sessions');
      client.removeQueries({ queryKey: ['session', session.id] });
      void client.invalidateQueries();
    },
  });
  const open = (): void => setOpened(true);
  useShortcut({ keys: null, label: 'Delete the session', group: 'Session', isCommand: true }, open, canErase);
  if (!canErase) return null;
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label="Delete the session"
        data-tip="Delete the session"
        onClick={open}
      >
        <Icon name="trash" size={14} />
      </ActionIcon>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title="Delete this session?"
        centered
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <p>
          <Data className={classes.name}>{sessionTitle(session).text}</Data>
        </p>
        <p className={classes.what}>
          Its {plural(session.traceCount, 'turn')} and {plural(session.spanCount, 'step')} are erased from
          every list, number and export, and spans of it that arrive late are erased too. This cannot be
          undone.
        </p>
        {error !== null && (
          <p className={classes.failed} role="alert">
            Not deleted. {sentences(error)}
          </p>
        )}
        <EraseButtons
          keep="Keep it"
          erase="Delete the session"
          onKeep={() => setOpened(false)}
          onErase={() => mutate()}
          isPending={isPending}
        />
      </Modal>
    </>
  );
}
