import { Button, Popover, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';

import { Menu } from '../../parts/Menu';

import classes from './Header.module.css';

interface Field {
  name: string;
  label: string;
  value?: string;
  placeholder?: string;
  /** What can be chosen beside typing. */
  choices?: readonly string[];
  isOptional?: boolean;
  maxLength: number;
}

interface Props {
  /** What opens it. */
  children: ReactNode;
  label: string;
  tip?: string;
  className?: string | undefined;
  fields: readonly Field[];
  /** The word on its button. */
  action: string;
  onSubmit: (values: Record<string, string>) => void;
}

/** A small form that opens where the fact stands; Enter says it, Escape leaves it. */
export function EditForm({ children, label, tip, className, fields, action, onSubmit }: Props) {
  const [opened, setOpened] = useState(false);
  return (
    <Menu opened={opened} setOpened={setOpened}>
      <Popover.Target>
        <button
          type="button"
          className={className}
          aria-label={label}
          data-tip={tip}
          onClick={() => setOpened(!opened)}
        >
          {children}
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={label}>
        <Fields
          fields={fields}
          action={action}
          onSubmit={(values) => {
            setOpened(false);
            onSubmit(values);
          }}
        />
      </Popover.Dropdown>
    </Menu>
  );
}

function Fields({ fields, action, onSubmit }: Pick<Props, 'fields' | 'action' | 'onSubmit'>) {
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(fields.map(({ name, value = '' }) => [name, value])),
  );
  const isWhole = fields.every(({ name, isOptional }) => isOptional === true || values[name]?.trim() !== '');
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (isWhole) onSubmit(values);
      }}
    >
      {fields.map(({ name, label, placeholder, choices, maxLength }, i) => (
        <div key={name}>
          <TextInput
            label={label}
            placeholder={placeholder}
            value={values[name] ?? ''}
            maxLength={maxLength}
            list={choices === undefined ? undefined : `choices-${name}`}
            autoComplete="off"
            data-autofocus={i === 0 || undefined}
            onChange={({ currentTarget: { value } }) => setValues((old) => ({ ...old, [name]: value }))}
          />
          {choices !== undefined && (
            <datalist id={`choices-${name}`}>
              {choices.map((choice) => (
                <option key={choice} value={choice} />
              ))}
            </datalist>
          )}
        </div>
      ))}
      <Button type="submit" size="compact-sm" disabled={!isWhole}>
        {action}
      </Button>
    </form>
  );
}
