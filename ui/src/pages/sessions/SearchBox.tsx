import { Data } from '../../parts/Data';
import { Combobox, TextInput, useCombobox } from '@mantine/core';
import { useRef, useState } from 'react';

import { sessionTitle } from '../../model/totals';
import { ClearSearch } from '../../parts/ClearSearch';
import { Icon } from '../../parts/Icon';
import { withFilter, type ListState } from '../../state/listState';
import { navigate } from '../../state/location';
import { sessionPath } from '../../state/routes';
import { useShortcut } from '../../state/shortcuts';

import { suggestions } from '../../parts/filters/suggestions';
import classes from '../../parts/filters/Toolbar.module.css';

import type { Session } from '../../api/schema';

interface Props {
  state: ListState;
  setState: (state: ListState) => void;
  sessions: readonly Session[];
}

interface Choice {
  key: string;
  what: string;
  value: string;
  run: () => void;
}

/** `/`: the sessions in which words were said, a session by its id, or the sessions of a user. */
export function SearchBox({ state, setState, sessions }: Props) {
  const [text, setText] = useState(state.q);
  const input = useRef<HTMLInputElement>(null);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  useShortcut({ keys: '/', label: 'Search what was said', group: 'List', isCommand: true }, () =>
    input.current?.focus(),
  );
  const choices = choicesFor(text, { state, setState, sessions });
  const choose = (key: string): void => {
    const said = key === 'said';
    if (!said) setText(state.q);
    combobox.closeDropdown();
    input.current?.blur();
    choices.find((choice) => choice.key === key)?.run();
  };
  return (
    <div className={classes.search}>
      <Combobox
        store={combobox}
        onOptionSubmit={choose}
        shadow="none"
        transitionProps={{ duration: 90 }}
        width={320}
        position="bottom-end"
      >
        <Combobox.Target withExpandedAttribute>
          <TextInput
            ref={input}
            aria-label="Search what was said"
            placeholder="Search what was said"
            leftSection={<Icon name="search" size={14} />}
            rightSection={
              <ClearSearch
                isEmpty={text === ''}
                onClear={() => {
                  setText('');
                  if (state.q !== '') setState({ ...state, q: '' });
                }}
              />
            }
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              combobox.openDropdown();
              combobox.updateSelectedOptionIndex();
              window.setTimeout(() => combobox.selectFirstOption(), 0);
            }}
            onBlur={() => combobox.closeDropdown()}
            onKeyDown={(event) => {
              if (event.key === 'Escape') input.current?.blur();
              if (event.key === 'Enter' && text.trim() === '' && state.q !== '')
                setState({ ...state, q: '' });
            }}
          />
        </Combobox.Target>
        <Combobox.Dropdown hidden={choices.length === 0}>
          <Combobox.Options mah={320} style={{ overflowY: 'auto' }}>
            {choices.map(({ key, what, value }) => (
              <Combobox.Option key={key} value={key}>
                <span className={classes.zone}>{what} </span>
                <Data>{value}</Data>
              </Combobox.Option>
            ))}
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
    </div>
  );
}

function choicesFor(typed: string, { state, setState, sessions }: Props): Choice[] {
  const text = typed.trim();
  if (text === '') return [];
  const has = (value: string): boolean => value.toLowerCase().includes(text.toLowerCase());
  const user = (value: string): Choice => ({
    key: `user ${value}`,
    what: 'user is',
    value,
    run: () => setState(withFilter(state, { field: 'userId', value })),
  });
  const open = (id: string, value: string): Choice => ({
    key: `session ${id}`,
    what: 'open',
    value,
    run: () => navigate(sessionPath(id)),
  });
  const found = sessions.filter((session) => has(session.id) || has(sessionTitle(session).text)).slice(0, 6);
  const choices: Choice[] = [
    { key: 'said', what: 'said', value: text, run: () => setState({ ...state, q: text }) },
    ...suggestions(sessions, 'userId').filter(has).slice(0, 4).map(user),
    ...found.map((session) => open(session.id, sessionTitle(session).text)),
    user(text),
    open(text, text),
  ];
  return choices.filter((choice, i) => choices.findIndex((other) => other.key === choice.key) === i);
}
