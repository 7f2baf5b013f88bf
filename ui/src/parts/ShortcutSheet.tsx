import { Kbd, Modal } from '@mantine/core';
import { useState } from 'react';

import { useShortcut, useShortcutList } from '../state/shortcuts';

import classes from './Shell.module.css';

const KEY_NAMES: Record<string, string> = { Enter: 'enter', Escape: 'esc' };

/** `?`: the shortcuts of the page that is open, and nothing that does not work here. */
export function ShortcutSheet() {
  const [opened, setOpened] = useState(false);
  const shortcuts = useShortcutList();
  useShortcut({ keys: '?', label: 'This sheet', group: 'Everywhere' }, () => setOpened(true));
  const groups = Map.groupBy(
    shortcuts.filter(({ keys }, i) => shortcuts.findLastIndex((other) => other.keys === keys) === i),
    ({ group }) => group,
  );
  return (
    <Modal
      opened={opened}
      onClose={() => setOpened(false)}
      title="Keyboard shortcuts"
      size="sm"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {[...groups].map(([group, entries]) => (
        <section key={group} className={classes.shortcuts}>
          <h3>{group}</h3>
          <dl>
            {entries.map(({ keys, label }) => (
              <div key={keys}>
                <dt>{label}</dt>
                <dd>
                  <Kbd size="xs">{KEY_NAMES[keys] ?? keys}</Kbd>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Modal>
  );
}
