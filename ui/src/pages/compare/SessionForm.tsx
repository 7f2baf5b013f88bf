import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';

import { navigate } from '../../state/location';
import { comparePath } from '../../state/routes';

import classes from './Compare.module.css';

/** Which two sessions stand side by side. */
export function SessionForm({ a, b }: { a: string; b: string }) {
  const [first, setFirst] = useState(a);
  const [second, setSecond] = useState(b);
  return (
    <form
      className={classes.choice}
      aria-label="Sessions to compare"
      onSubmit={(event) => {
        event.preventDefault();
        navigate(comparePath(first, second));
      }}
    >
      <TextInput
        aria-label="First session"
        placeholder="Session id"
        value={first}
        autoComplete="off"
        onChange={(event) => setFirst(event.currentTarget.value)}
      />
      <span>with</span>
      <TextInput
        aria-label="Second session"
        placeholder="Session id"
        value={second}
        autoComplete="off"
        onChange={(event) => setSecond(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" disabled={first === '' || second === ''}>
        Compare
      </Button>
    </form>
  );
}
