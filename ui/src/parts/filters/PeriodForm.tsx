import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';

import { localZone, zoneName } from '../../format/time';
import { useNow } from '../../state/now';

import classes from './Toolbar.module.css';

interface Props {
  from: string | null;
  to: string | null;
  /** What the button says. */
  does: string;
  /** Whether an end may be left open; then it is `null`. */
  isOpen?: boolean;
  onApply: (from: string | null, to: string | null) => void;
}

/** `datetime-local` has no zone: it is read and shown in the zone of the browser, which is named below. */
function localText(iso: string | null): string {
  if (iso === null) return '';
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const isoOf = (text: string): string | null => (text === '' ? null : new Date(text).toISOString());

/** From one moment to another, ISO 8601 outside. */
export function PeriodForm({ from: begins, to: ends, does, isOpen = false, onApply }: Props) {
  const [from, setFrom] = useState(localText(begins));
  const [to, setTo] = useState(localText(ends));
  const now = useNow();
  const isCrossed = from !== '' && to !== '' && from >= to;
  const isMissing = isOpen ? from === '' && to === '' : from === '' || to === '';
  return (
    <form
      className={classes.custom}
      onSubmit={(event) => {
        event.preventDefault();
        onApply(isoOf(from), isoOf(to));
      }}
    >
      <TextInput
        type="datetime-local"
        label="From"
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        label="To"
        value={to}
        error={isCrossed ? 'Ends before it begins' : null}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" disabled={isCrossed || isMissing}>
        {does}
      </Button>
      <span className={classes.zone}>Times in {zoneName(now, localZone())}</span>
    </form>
  );
}
