import { ActionIcon, Button, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';

import { valuesQuery } from '../../api/queries';
import { KIND_WORDS, KINDS, mayBe, type ConditionDraft, type Kind } from '../../model/goalDraft';
import { Icon } from '../../parts/Icon';

import classes from './Analytics.module.css';

interface Props {
  condition: ConditionDraft;
  at: number;
  count: number;
  onChange: (condition: ConditionDraft) => void;
}

/** What completes a kind's text, as filter expressions call it, and what the text is called. */
const TEXTS: Partial<Record<Kind, { field: string; label: string; example: string }>> = {
  tag: { field: 'tag', label: 'Tag', example: 'such as conversion' },
  traceName: { field: 'step', label: 'Name of the turn', example: 'such as pay' },
  outcome: { field: 'outcome', label: 'Outcome', example: 'such as solved' },
};

/** One condition: its kind, and what the kind asks for. */
export function ConditionForm({ condition, at, count, onChange }: Props) {
  const { kind } = condition;
  const set = (change: Partial<ConditionDraft>): void => onChange({ ...condition, ...change });
  const text = TEXTS[kind];
  const named = (label: string): string => (count > 1 ? `${label} of condition ${at + 1}` : label);
  return (
    <div className={classes.condition}>
      <NativeSelect
        size="xs"
        aria-label={named('Kind')}
        value={kind}
        data={KINDS.map((one) => ({
          value: one,
          label: KIND_WORDS[one],
          disabled: !mayBe(one, at, count),
        }))}
        onChange={(event) => set({ kind: event.currentTarget.value as Kind })}
      />
      {text !== undefined && (
        <Completed
          label={named(text.label)}
          placeholder={text.example}
          field={text.field}
          value={condition.text}
          onChange={(value) => set({ text: value })}
        />
      )}
      {kind === 'metadata' && <Pairs condition={condition} set={set} named={named} />}
      {kind === 'score' && <ScoreFields condition={condition} set={set} named={named} />}
      {!mayBe(kind, at, count) && (
        <p className={classes.failed}>Nothing can come after this one: move it to the end.</p>
      )}
    </div>
  );
}

interface CompletedProps {
  label: string;
  placeholder: string;
  field: string;
  value: string;
  onChange: (value: string) => void;
}

/** A text with what the project's sessions have to choose from. */
function Completed({ label, placeholder, field, value, onChange }: CompletedProps) {
  const list = useId();
  const [prefix] = useDebouncedValue(value, 120);
  const { data = [] } = useQuery(valuesQuery(field, prefix));
  return (
    <>
      <TextInput
        aria-label={label}
        placeholder={placeholder}
        list={list}
        autoComplete="off"
        maxLength={500}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <datalist id={list}>
        {data.map(({ value: one }) => (typeof one === 'string' ? <option key={one} value={one} /> : null))}
      </datalist>
    </>
  );
}

interface FieldsProps {
  condition: ConditionDraft;
  set: (change: Partial<ConditionDraft>) => void;
  named: (label: string) => string;
}

function Pairs({ condition: { pairs }, set, named }: FieldsProps) {
  const change = (at: number, part: Partial<{ key: string; value: string }>): void =>
    set({ pairs: pairs.map((pair, i) => (i === at ? { ...pair, ...part } : pair)) });
  return (
    <>
      {pairs.map(({ key, value }, at) => (
        <span key={at} className={classes.pair}>
          <TextInput
            aria-label={named(pairs.length > 1 ? `Key ${at + 1}` : 'Key')}
            placeholder="key"
            value={key}
            onChange={(event) => change(at, { key: event.currentTarget.value })}
          />
          <span aria-hidden="true">=</span>
          <TextInput
            aria-label={named(pairs.length > 1 ? `Value ${at + 1}` : 'Value')}
            placeholder="value"
            value={value}
            onChange={(event) => change(at, { value: event.currentTarget.value })}
          />
          {pairs.length > 1 && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={named(`Remove pair ${at + 1}`)}
              onClick={() => set({ pairs: pairs.filter((_, i) => i !== at) })}
            >
              <Icon name="close" size={12} />
            </ActionIcon>
          )}
        </span>
      ))}
      {pairs.length < 10 && (
        <Button variant="subtle" size="xs" onClick={() => set({ pairs: [...pairs, { key: '', value: '' }] })}>
          and another pair
        </Button>
      )}
    </>
  );
}

function ScoreFields({ condition: { text, min, max, label }, set, named }: FieldsProps) {
  const fields = [
    { name: 'text', said: 'Score', placeholder: 'its name', value: text },
    { name: 'min', said: 'At least', placeholder: 'at least', value: min },
    { name: 'max', said: 'At most', placeholder: 'at most', value: max },
    { name: 'label', said: 'Label', placeholder: 'or a label', value: label },
  ] as const;
  return (
    <span className={classes.scoreFields}>
      {fields.map(({ name, said, placeholder, value }) => (
        <TextInput
          key={name}
          aria-label={named(said)}
          placeholder={placeholder}
          inputMode={name === 'min' || name === 'max' ? 'decimal' : 'text'}
          value={value}
          onChange={(event) => set({ [name]: event.currentTarget.value })}
        />
      ))}
    </span>
  );
}
