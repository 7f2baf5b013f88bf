import { Kbd, Modal } from '@mantine/core';
import { useState } from 'react';

import { keyCaps } from '../model/keyCaps';
import { IS_MAC, useShortcut, useShortcutList, type Shortcut } from '../state/shortcuts';

import classes from './Shell.module.css';

/** What works now: of one key the nearest, and what a part of the page does with its keys, once. */
function told(shortcuts: readonly Shortcut[]): (Shortcut & { keys: string })[] {
  const same = (a: Shortcut, b: Shortcut): boolean =>
    a.isLocal === true || b.isLocal === true ? a.group === b.group && a.keys === b.keys : a.keys === b.keys;
  return shortcuts.flatMap((shortcut, i) =>
    shortcut.keys === null || shortcuts.findLastIndex((other) => same(other, shortcut)) !== i
      ? []
      : [{ ...shortcut, keys: shortcut.keys }],
  );
}

/** `?`: the shortcuts of the page that is open, and nothing that does not work here. */
export function ShortcutSheet() {
  const [opened, setOpened] = useState(false);
  const shortcuts = useShortcutList();
  useShortcut({ keys: '?', label: 'This sheet', group: 'Everywhere', isCommand: true }, () =>
    setOpened(true),
  );
  const order = ({ group, isLocal }: Shortcut): number =>
    group === 'Everywhere' ? 2 : isLocal === true ? 1 : 0;
  const groups = Map.groupBy(
    told(shortcuts).sort((a, b) => order(a) - order(b)),
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
                  {keyCaps(keys, IS_MAC).map((cap) => (
                    <Kbd key={cap} size="xs">
                      {cap}
                    </Kbd>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Modal>
  );
}
