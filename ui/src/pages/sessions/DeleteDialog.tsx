import { Modal, TextInput } from '@mantine/core';
import { useState } from 'react';

import { formatCount, plural } from '../../format/numbers';
import { sessionTitle } from '../../model/totals';
import { Data } from '../../parts/Data';
import { EraseButtons } from '../../parts/EraseButtons';

import classes from './BulkBar.module.css';

import type { FoundSession } from '../../api/schema';

interface Props {
  sessions: readonly FoundSession[];
  onClose: () => void;
  onDelete: () => void;
}

const NAMED = 5;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

/** Erasing cannot be undone: it says what goes, and asks to write how many that are. */
export function DeleteDialog({ sessions, onClose, onDelete }: Props) {
  const [typed, setTyped] = useState('');
  const wanted = String(sessions.length);
  const isRight = typed.replace(/[,\s]/g, '') === wanted;
  const turns = plural(sum(sessions.map(({ traceCount }) => traceCount)), 'turn');
  const steps = plural(sum(sessions.map(({ spanCount }) => spanCount)), 'step');
  const what = plural(sessions.length, 'session');
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Delete ${what}?`}
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isRight) onDelete();
        }}
      >
        <ul className={classes.names}>
          {sessions.slice(0, NAMED).map((session) => (
            <li key={session.id}>
              <Data>{sessionTitle(session).text}</Data>
            </li>
          ))}
          {sessions.length > NAMED && <li>and {formatCount(sessions.length - NAMED)} more</li>}
        </ul>
        <p className={classes.what}>
          {what} with {turns} and {steps}, their scores and comments are erased from every list, number and
          export, and spans of them that arrive late are erased too. This cannot be undone.
        </p>
        <TextInput
          mt={12}
          label={`Write ${wanted} to delete ${sessions.length === 1 ? 'it' : 'them'}`}
          value={typed}
          autoComplete="off"
          data-autofocus
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <EraseButtons
          keep={`Keep ${sessions.length === 1 ? 'it' : 'them'}`}
          erase={`Delete ${what}`}
          onKeep={onClose}
          disabled={!isRight}
        />
      </form>
    </Modal>
  );
}
