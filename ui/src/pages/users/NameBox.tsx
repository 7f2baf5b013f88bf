import { TextInput } from '@mantine/core';
import { useRef, useState } from 'react';

import { ClearSearch } from '../../parts/ClearSearch';
import { Icon } from '../../parts/Icon';
import { useShortcut } from '../../state/shortcuts';

/** `/`: the users whose id holds a text. */
export function NameBox({ name, onSearch }: { name: string; onSearch: (name: string) => void }) {
  const [text, setText] = useState(name);
  const input = useRef<HTMLInputElement>(null);
  useShortcut({ keys: '/', label: 'Search users', group: 'List', isCommand: true }, () =>
    input.current?.focus(),
  );
  const search = (next: string): void => {
    if (next.trim() !== name) onSearch(next.trim());
  };
  return (
    <form
      role="search"
      style={{ flex: 1 }}
      onSubmit={(event) => {
        event.preventDefault();
        search(text);
      }}
    >
      <TextInput
        ref={input}
        aria-label="Search users"
        placeholder="Part of a user id"
        autoComplete="off"
        spellCheck={false}
        leftSection={<Icon name="search" size={14} />}
        rightSection={
          <ClearSearch
            isEmpty={text === ''}
            onClear={() => {
              setText('');
              search('');
            }}
          />
        }
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') input.current?.blur();
        }}
      />
    </form>
  );
}
