import { Kbd, Popover } from '@mantine/core';
import { useState } from 'react';

import { Icon } from '../../parts/Icon';
import { Menu } from '../../parts/Menu';
import { withFilter, type Filter, type ListState } from '../../state/listState';
import { useShortcut } from '../../state/shortcuts';

import { FIELD_NAMES, FilterEditor } from './FilterEditor';
import classes from './Toolbar.module.css';

import type { Session } from '../../api/schema';

interface Props {
  state: ListState;
  setState: (state: ListState) => void;
  sessions: readonly Session[];
  opened: boolean;
  setOpened: (opened: boolean) => void;
}

const FIELDS = (Object.keys(FIELD_NAMES) as Filter['field'][]).filter((field) => field !== 'steps');

/** `+ Filter`: first the field, then its value; the keyboard is enough. */
export function FilterMenu({ state, setState, sessions, opened, setOpened }: Props) {
  const [field, setField] = useState<Filter['field'] | null>(null);
  const open = (next: boolean): void => {
    if (next) setField(null);
    setOpened(next);
  };
  useShortcut({ keys: 'f', label: 'Add a filter', group: 'List', isCommand: true }, () => open(true));
  const apply = (filter: Filter): void => {
    setOpened(false);
    setState(withFilter(state, filter));
  };
  return (
    <Menu opened={opened} setOpened={open}>
      <Popover.Target>
        <button
          type="button"
          className={classes.pill}
          data-quiet
          aria-label="Add a filter"
          aria-keyshortcuts="f"
          onClick={() => open(!opened)}
        >
          <Icon name="plus" size={12} /> Filter
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        {field === null ? (
          <FieldList onPick={setField} />
        ) : (
          <FilterEditor
            field={field}
            current={null}
            sessions={sessions}
            onApply={apply}
            onBack={() => setField(null)}
          />
        )}
      </Popover.Dropdown>
    </Menu>
  );
}

/** Arrow keys move, a letter jumps to the next field that begins with it. */
function FieldList({ onPick }: { onPick: (field: Filter['field']) => void }) {
  const onKeyDown = (event: React.KeyboardEvent<HTMLDivElement>): void => {
    const buttons = [...event.currentTarget.querySelectorAll('button')];
    const at = buttons.findIndex((button) => button === document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    let next = step === undefined ? undefined : buttons[(at + step + buttons.length) % buttons.length];
    if (/^[a-z]$/i.test(event.key)) {
      const starts = (button: HTMLElement): boolean =>
        button.innerText.toLowerCase().startsWith(event.key.toLowerCase());
      next = buttons.slice(at + 1).find(starts) ?? buttons.find(starts);
    }
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <div
      className={classes.panel}
      style={{ width: 200 }}
      role="group"
      aria-label="Filter by"
      onKeyDown={onKeyDown}
    >
      <div className={classes.options} style={{ maxHeight: 'none' }}>
        {FIELDS.map((field, i) => (
          <button
            key={field}
            type="button"
            className={classes.option}
            data-autofocus={i === 0 || undefined}
            onClick={() => onPick(field)}
          >
            {FIELD_NAMES[field]}
          </button>
        ))}
      </div>
      <span className={classes.zone}>
        <Kbd size="xs">↑</Kbd> <Kbd size="xs">↓</Kbd> or a letter
      </span>
    </div>
  );
}
