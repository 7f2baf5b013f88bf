import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';

import { ACTORS, type AuditChoice } from '../../model/auditChoice';
import { ACTIONS } from '../../model/auditSentence';
import { RangeMenu } from '../../parts/filters/RangeMenu';
import { Link } from '../../parts/Link';

import classes from './AuditLog.module.css';
import settings from './Settings.module.css';

const options = (words: Record<string, { label: string } | string>): { value: string; label: string }[] =>
  Object.entries(words).map(([value, said]) => ({
    value,
    label: typeof said === 'string' ? said : said.label,
  }));

interface Props {
  choice: AuditChoice;
  onChange: (choice: AuditChoice) => void;
}

/** Who, what and when. */
export function AuditFilters({ choice, onChange }: Props) {
  const [name, setName] = useState(choice.name);
  const isNarrowed =
    choice.action !== null || choice.actor !== null || choice.name !== '' || choice.range.kind !== 'all';
  const named = (): void => {
    if (name.trim() !== choice.name) onChange({ ...choice, name: name.trim() });
  };
  return (
    <form
      className={classes.filters}
      role="search"
      aria-label="Which events"
      onSubmit={(event) => {
        event.preventDefault();
        named();
      }}
    >
      <NativeSelect
        size="xs"
        label="Who"
        value={choice.actor ?? ''}
        data={[{ value: '', label: 'Everybody' }, ...options(ACTORS)]}
        onChange={(event) =>
          onChange({ ...choice, actor: (event.currentTarget.value || null) as AuditChoice['actor'] })
        }
      />
      <TextInput
        className={classes.who ?? ''}
        label="Whose name has"
        placeholder="such as ann@"
        value={name}
        maxLength={300}
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={named}
      />
      <NativeSelect
        size="xs"
        label="What"
        value={choice.action ?? ''}
        data={[{ value: '', label: 'Everything' }, ...options(ACTIONS)]}
        onChange={(event) =>
          onChange({ ...choice, action: (event.currentTarget.value || null) as AuditChoice['action'] })
        }
      />
      <RangeMenu range={choice.range} onChange={(range) => onChange({ ...choice, range })} />
      {isNarrowed && (
        <Link to="/settings/audit" className={settings.door}>
          Show everything
        </Link>
      )}
    </form>
  );
}
