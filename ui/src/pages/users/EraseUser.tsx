import { ActionIcon, Button, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { sentences } from '../../api/errors';
import { keys } from '../../api/keys';
import { meQuery } from '../../api/queries';
import { eraseUser } from '../../api/userQueries';
import { plural } from '../../format/numbers';
import { isWritten, toWrite } from '../../model/typedId';
import { CopyButton } from '../../parts/CopyButton';
import { Data } from '../../parts/Data';
import { Icon } from '../../parts/Icon';
import { navigate } from '../../state/location';
import bar from '../sessions/BulkBar.module.css';

import classes from './User.module.css';

import type { UserDetail } from '../../api/schema';

/** Everything of a user, once and for all: for those whose key may (`admin`). */
export function EraseUser({ user }: { user: UserDetail }) {
  const [opened, setOpened] = useState(false);
  const canErase = useQuery(meQuery).data?.scopes.includes('admin') ?? false;
  if (!canErase) return null;
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Erase this user"
        data-tip="Erase this user"
        onClick={() => setOpened(true)}
      >
        <Icon name="trash" size={15} />
      </ActionIcon>
      {opened && <EraseDialog user={user} onClose={() => setOpened(false)} />}
    </>
  );
}

function EraseDialog({ user, onClose }: { user: UserDetail; onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const client = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => eraseUser(user.id),
    onSuccess: (receipt) => {
      client.setQueryData(keys.erasure(receipt.id), receipt);
      // Not back to a page that is no more, and whose address names who was erased.
      navigate(`/users?${new URLSearchParams({ erased: receipt.id })}`, 'replace');
      client.removeQueries({ queryKey: keys.user(user.id) });
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'erasure' });
    },
  });
  const isRight = isWritten(user.id, typed);
  return (
    <Modal
      opened
      onClose={onClose}
      title="Erase this user?"
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isRight && !isPending) mutate();
        }}
      >
        <p className={classes.doomed}>
          <Data>{user.id}</Data> <CopyButton text={user.id} label="Copy it, to confirm" />
        </p>
        <p className={bar.what}>
          Their turns in {plural(user.sessionCount, 'session')} are erased from every list, number and export,
          with all that was said of them. In sessions that they shared, what others said stays. Spans of them
          that arrive late are erased too. This cannot be undone.
        </p>
        <TextInput
          mt={12}
          label={`Write ${toWrite(user.id) === 'erase' ? '“erase”' : 'their id'} to erase them`}
          value={typed}
          autoComplete="off"
          data-autofocus
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {error !== null && (
          <p className={classes.failed} role="alert">
            Not erased. {sentences(error)}
          </p>
        )}
        <div className={bar.buttons}>
          <Button variant="default" onClick={onClose}>
            Keep them
          </Button>
          <Button type="submit" className={bar.erase ?? ''} disabled={!isRight} loading={isPending}>
            Erase the user
          </Button>
        </div>
      </form>
    </Modal>
  );
}
