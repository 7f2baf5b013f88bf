import { ActionIcon, Button, Popover, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { sessionBeforeQuery } from '../../api/compareQueries';
import { formatDateTime, moment } from '../../format/time';
import { sessionTitle } from '../../model/totals';
import { Data } from '../../parts/Data';
import { Icon } from '../../parts/Icon';
import { Link } from '../../parts/Link';
import { Menu } from '../../parts/Menu';
import { navigate } from '../../state/location';
import { comparePath } from '../../state/routes';
import { useNow } from '../../state/now';

import classes from './Actions.module.css';

import type { Session } from '../../api/schema';

/** With which session this one stands side by side: the one before of the same user, or any by its id. */
export function CompareMenu({ session }: { session: Session }) {
  const [opened, setOpened] = useState(false);
  return (
    <Menu opened={opened} setOpened={setOpened}>
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label="Compare with another session"
          data-tip="Compare with another session"
          aria-expanded={opened}
          onClick={() => setOpened(!opened)}
        >
          <Icon name="compare" size={15} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>{opened && <Choice session={session} />}</Popover.Dropdown>
    </Menu>
  );
}

function Choice({ session }: { session: Session }) {
  const { data: before, isPending } = useQuery(sessionBeforeQuery(session));
  const [id, setId] = useState('');
  const now = useNow();
  const began = moment(before?.startTime);
  return (
    <div className={classes.compare}>
      {before ? (
        <Link to={comparePath(before.id, session.id)}>
          <span>The session before, of the same user</span>
          <Data>{sessionTitle(before).text}</Data>
          {began !== null && <small>{formatDateTime(began, now)}</small>}
        </Link>
      ) : (
        <p role="status">
          {isPending
            ? 'Looking for the session before…'
            : session.userId === null
              ? 'This session names no user, so there is none before it.'
              : 'It is the first session of this user.'}
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          navigate(comparePath(id.trim(), session.id));
        }}
      >
        <TextInput
          aria-label="Compare with the session of this id"
          placeholder="Session id"
          value={id}
          autoComplete="off"
          data-autofocus
          onChange={(event) => setId(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={id.trim() === ''}>
          Compare
        </Button>
      </form>
    </div>
  );
}
