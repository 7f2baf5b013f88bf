import { ActionIcon, Button, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';

import { valuesQuery } from '../../api/queries';
import { Data } from '../../parts/Data';
import { Icon } from '../../parts/Icon';

import { MOST_STEPS } from './journeyState';
import classes from './Journeys.module.css';

const said = (step: string): string =>
  step.startsWith('tag:') ? `tag ${step.slice(4)}` : step.replace(/^name:/, '');

interface Props {
  steps: readonly string[];
  setSteps: (steps: string[]) => void;
}

/** The steps of a funnel in order, and the next one with what there is to choose from. */
export function StepList({ steps, setSteps }: Props) {
  const move = (from: number, to: number): void => {
    const next = steps.filter((_, at) => at !== from);
    next.splice(to, 0, steps[from] ?? '');
    setSteps(next);
  };
  return (
    <section aria-label="Steps">
      <ol className={classes.stepList}>
        {steps.map((step, at) => (
          <li key={`${at} ${step}`}>
            <Data>{said(step)}</Data>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              disabled={at === 0}
              aria-label={`Take ${said(step)} earlier`}
              onClick={() => move(at, at - 1)}
            >
              <Icon name="left" size={12} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              disabled={at === steps.length - 1}
              aria-label={`Take ${said(step)} later`}
              onClick={() => move(at, at + 1)}
            >
              <Icon name="right" size={12} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={`Remove ${said(step)}`}
              onClick={() => setSteps(steps.filter((_, other) => other !== at))}
            >
              <Icon name="close" size={12} />
            </ActionIcon>
          </li>
        ))}
        {steps.length < MOST_STEPS && (
          <li data-form>
            <NextStep onAdd={(step) => setSteps([...steps, step])} />
          </li>
        )}
      </ol>
    </section>
  );
}

function NextStep({ onAdd }: { onAdd: (step: string) => void }) {
  const [kind, setKind] = useState('name');
  const [text, setText] = useState('');
  const list = useId();
  const [prefix] = useDebouncedValue(text, 120);
  const { data = [] } = useQuery(valuesQuery(kind === 'tag' ? 'tag' : 'step', prefix));
  return (
    <form
      className={classes.next}
      onSubmit={(event) => {
        event.preventDefault();
        if (text === '') return;
        onAdd(`${kind}:${text}`);
        setText('');
      }}
    >
      <NativeSelect
        aria-label="The step is"
        value={kind}
        onChange={(event) => setKind(event.currentTarget.value)}
        data={[
          { value: 'name', label: 'turn' },
          { value: 'tag', label: 'tag' },
        ]}
      />
      <TextInput
        aria-label="Next step"
        placeholder={kind === 'tag' ? 'tag' : 'name of a turn'}
        list={list}
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <datalist id={list}>
        {data.map(({ value }) => (typeof value === 'string' ? <option key={value} value={value} /> : null))}
      </datalist>
      <Button type="submit" variant="default" disabled={text === ''}>
        Add step
      </Button>
    </form>
  );
}
