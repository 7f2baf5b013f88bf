import { Data } from '../../parts/Data';
import { Button, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode, type SyntheticEvent } from 'react';

import { valuesQuery } from '../../api/queries';
import { formatDuration, parseDuration } from '../../format/duration';
import { formatCompact, plural } from '../../format/numbers';

import { suggestions } from './suggestions';
import classes from './Toolbar.module.css';

import type { Session } from '../../api/schema';
import type { Filter, FlagField, NumberField } from '../../state/listState';

interface Apply {
  onApply: (filter: Filter) => void;
}

function Form({
  onSubmit,
  children,
  disabled,
}: {
  onSubmit: () => void;
  children: ReactNode;
  disabled: boolean;
}) {
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (!disabled) onSubmit();
  };
  return (
    <form onSubmit={submit} style={{ display: 'grid', gap: 8 }}>
      {children}
      <Button type="submit" disabled={disabled}>
        Apply
      </Button>
    </form>
  );
}

const FLAG_WORDS: Record<FlagField, readonly [string, string]> = {
  hasError: ['Has an error', 'Has no error'],
  bookmarked: ['Bookmarked', 'Not bookmarked'],
};

export function FlagChoice({ field, onApply }: { field: FlagField } & Apply) {
  const [yes, no] = FLAG_WORDS[field];
  return (
    <div className={classes.options}>
      <button
        type="button"
        className={classes.option}
        data-autofocus
        autoFocus
        onClick={() => onApply({ field, value: true })}
      >
        {yes}
      </button>
      <button type="button" className={classes.option} onClick={() => onApply({ field, value: false })}>
        {no}
      </button>
    </div>
  );
}

interface TextFormProps {
  initial: string;
  options: readonly string[];
  label: string;
  /** The field whose values the server lists; without it there are only those of the list. */
  field?: string;
  placeholder?: string;
  onApply: (value: string) => void;
}

export function TextForm({
  initial,
  options,
  label,
  field,
  placeholder = 'Exactly as it was sent',
  onApply,
}: TextFormProps) {
  const [value, setValue] = useState(initial);
  const [prefix] = useDebouncedValue(value, 120);
  const { data = [] } = useQuery({
    ...valuesQuery(field ?? '', prefix === initial ? '' : prefix),
    enabled: field !== undefined,
  });
  const counts = new Map(
    data.map(({ value: one, sessionCount }) => [
      typeof one === 'string' ? one : JSON.stringify(one),
      sessionCount,
    ]),
  );
  // The server's come first: they are counted over all sessions, not over those that are loaded.
  const shown = [...new Set([...counts.keys(), ...options])].filter(
    (option) => option.toLowerCase().includes(value.toLowerCase()) && option !== initial,
  );
  return (
    <>
      <Form onSubmit={() => onApply(value)} disabled={value === ''}>
        <TextInput
          aria-label={`${label} is`}
          placeholder={placeholder}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
          data-autofocus
          autoFocus
        />
      </Form>
      {shown.length > 0 && (
        <div className={classes.options} role="group" aria-label="Values">
          {shown.slice(0, 50).map((option) => (
            <button key={option} type="button" className={classes.option} onClick={() => onApply(option)}>
              <Data>{option}</Data>
              {typeof counts.get(option) === 'number' && (
                <span
                  className={classes.zone}
                  aria-hidden="true"
                  data-tip={plural(counts.get(option) ?? 0, 'session')}
                >
                  {formatCompact(counts.get(option) ?? 0)}
                </span>
              )}
            </button>
          ))}
        </div>
      )}
    </>
  );
}

type MetadataFilter = Extract<Filter, { field: 'metadata' }>;

export function MetadataForm({
  current,
  sessions,
  onApply,
}: { current: MetadataFilter | null } & Apply & { sessions: readonly Session[] }) {
  const [key, setKey] = useState(current?.key ?? '');
  if (key === '') {
    return (
      <TextForm
        initial=""
        options={suggestions(sessions, 'metadata')}
        label="Metadata key"
        onApply={setKey}
      />
    );
  }
  return (
    <>
      <span className={classes.zone}>
        <Data>{key}</Data> is
      </span>
      <TextForm
        key={key}
        initial={current?.value ?? ''}
        options={suggestions(sessions, 'metadata', key)}
        label={key}
        field={`metadata.${key}`}
        onApply={(value) => onApply({ field: 'metadata', key, value })}
      />
    </>
  );
}

const UNITS: Record<
  NumberField,
  { placeholder: [string, string]; read: (text: string) => number | null; hint: string }
> = {
  Cost: {
    placeholder: ['0.50', '10'],
    read: (text) => readNumber(text.replace(/^\s*\$/, '')),
    hint: 'US dollars',
  },
  Tokens: { placeholder: ['1000', '50000'], read: readNumber, hint: 'Prompt and completion together' },
  Traces: { placeholder: ['1', '20'], read: readNumber, hint: 'Turns of the session' },
  Duration: {
    placeholder: ['30s', '1h 30m'],
    read: parseDuration,
    hint: 'First to last activity: 30s, 2m 30s, 1h',
  },
};

function readNumber(text: string): number | null {
  const n = Number(text.replaceAll(',', '').trim());
  return text.trim() !== '' && Number.isFinite(n) && n >= 0 ? n : null;
}

type NumberFilter = Extract<Filter, { min: number | null }>;

export function NumberForm({
  field,
  current,
  onApply,
}: { field: NumberField; current: NumberFilter | null } & Apply) {
  const { placeholder, read, hint } = UNITS[field];
  const written = (n: number | null): string =>
    n === null ? '' : field === 'Duration' ? formatDuration(n) : String(n);
  const [from, setFrom] = useState(written(current?.min ?? null));
  const [to, setTo] = useState(written(current?.max ?? null));
  const min = read(from);
  const max = read(to);
  const bad = (text: string, n: number | null): boolean => text.trim() !== '' && n === null;
  const crossed = min !== null && max !== null && min > max;
  return (
    <Form
      onSubmit={() => onApply({ field, min, max })}
      disabled={bad(from, min) || bad(to, max) || crossed || (min === null && max === null)}
    >
      <div className={classes.pair}>
        <TextInput
          label="At least"
          placeholder={placeholder[0]}
          value={from}
          error={bad(from, min)}
          onChange={(event) => setFrom(event.currentTarget.value)}
          data-autofocus
          autoFocus
        />
        <TextInput
          label="At most"
          placeholder={placeholder[1]}
          value={to}
          error={bad(to, max) || crossed}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
      </div>
      <span className={classes.zone}>{hint}</span>
    </Form>
  );
}
