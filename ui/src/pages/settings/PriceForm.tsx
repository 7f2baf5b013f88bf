import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { sentences } from '../../api/errors';
import { keys } from '../../api/keys';
import { setPrice } from '../../api/projectQueries';
import { dayStart, dollars } from '../../model/settingsInput';
import { Data } from '../../parts/Data';

import classes from './Settings.module.css';

const PARTS = [
  { name: 'input', label: 'Input', hint: '0.15' },
  { name: 'output', label: 'Output', hint: '0.60' },
  { name: 'cachedRead', label: 'Cached', hint: 'as input' },
  { name: 'cacheWrite', label: 'Cache write', hint: 'as input' },
  { name: 'reasoning', label: 'Reasoning', hint: 'as output' },
] as const;
const EMPTY = { input: '', output: '', cachedRead: '', cacheWrite: '', reasoning: '' };

/** Sets a price, in place of one for the same model, provider and beginning. */
export function PriceForm({ model: asked }: { model: string }) {
  const client = useQueryClient();
  const [model, setModel] = useState(asked);
  const [provider, setProvider] = useState('');
  const [parts, setParts] = useState(EMPTY);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const { mutate, data, isPending, error } = useMutation({
    mutationFn: setPrice,
    onSuccess: () => {
      setParts(EMPTY);
      setModel('');
      void client.invalidateQueries({ queryKey: keys.prices });
    },
  });
  const said = Object.fromEntries(PARTS.map(({ name }) => [name, dollars(parts[name])]));
  const isRight = PARTS.every(({ name }) => said[name] !== null);
  const isWhole = isRight && (said.input !== undefined || said.output !== undefined) && model.trim() !== '';
  return (
    <section className={classes.section} aria-label="A new price">
      <h2>A new price</h2>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          mutate({
            model: model.trim(),
            ...said,
            provider: provider.trim() || null,
            validFrom: dayStart(from),
            validTo: dayStart(to),
          });
        }}
      >
        <TextInput
          className={classes.grow ?? ''}
          label="Model"
          placeholder="a name, or a pattern such as gpt-4o*"
          value={model}
          maxLength={200}
          autoFocus={asked !== ''}
          onChange={(event) => setModel(event.currentTarget.value)}
        />
        <TextInput
          label="Provider"
          placeholder="any"
          value={provider}
          maxLength={200}
          onChange={(event) => setProvider(event.currentTarget.value)}
        />
        {PARTS.map(({ name, label, hint }) => (
          <TextInput
            key={name}
            className={classes.narrow ?? ''}
            label={label}
            placeholder={hint}
            inputMode="decimal"
            value={parts[name]}
            error={said[name] === null && 'such as 0.15'}
            onChange={({ currentTarget: { value } }) => setParts((old) => ({ ...old, [name]: value }))}
          />
        ))}
        <TextInput
          type="date"
          label="From (UTC)"
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label="Before (UTC)"
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <Button type="submit" loading={isPending} disabled={!isWhole}>
          Set the price
        </Button>
      </form>
      <p className={classes.note}>
        In US dollars per million tokens. It holds for calls that come in from now on; past ones when they are
        repriced, below.
      </p>
      {error !== null && (
        <p className={classes.failed} role="alert">
          Not set. {sentences(error)}
        </p>
      )}
      {data !== undefined && (
        <p role="status">
          <Data>{data.model}</Data> has its price.
        </p>
      )}
    </section>
  );
}
