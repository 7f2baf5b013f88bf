import { Popover } from '@mantine/core';
import { useRef, useState, type KeyboardEvent } from 'react';

import { COLUMN_IDS, columnFacts, moveColumn, withColumn, type ColumnId } from '../../model/listColumns';
import { Icon } from '../../parts/Icon';
import { Menu } from '../../parts/Menu';
import { useShortcut } from '../../state/shortcuts';

import classes from './ColumnMenu.module.css';
import toolbar from '../../parts/filters/Toolbar.module.css';

interface Props {
  shown: readonly ColumnId[];
  onChange: (columns: ColumnId[]) => void;
  onUsual: () => void;
}

/** Which columns, in which order: dragged, or moved with alt and the arrow keys. */
export function ColumnMenu({ shown, onChange, onUsual }: Props) {
  const [opened, setOpened] = useState(false);
  useShortcut({ keys: 'c', label: 'Choose the columns', group: 'List', isCommand: true }, () =>
    setOpened(true),
  );
  return (
    <Menu opened={opened} setOpened={setOpened}>
      <Popover.Target>
        <button
          type="button"
          className={toolbar.pill}
          aria-label="Columns"
          aria-keyshortcuts="c"
          data-tip="Columns"
          onClick={() => setOpened(!opened)}
        >
          <Icon name="columns" size={14} />
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={toolbar.panel}>
          <ColumnList shown={shown} onChange={onChange} />
          <div className={classes.foot}>
            <span className={toolbar.zone}>Drag, or alt ↑ ↓</span>
            <button type="button" className={classes.usual} onClick={onUsual}>
              As usual
            </button>
          </div>
        </div>
      </Popover.Dropdown>
    </Menu>
  );
}

function ColumnList({ shown, onChange }: Pick<Props, 'shown' | 'onChange'>) {
  const list = useRef<HTMLUListElement>(null);
  const dragged = useRef<ColumnId | null>(null);
  const [over, setOver] = useState<ColumnId | null>(null);
  const rest = COLUMN_IDS.filter((id) => !shown.includes(id));
  const onKeyDown = (event: KeyboardEvent, id: ColumnId): void => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    if (event.altKey) {
      if (shown.includes(id)) onChange(moveColumn(shown, id, shown.indexOf(id) + by));
      return;
    }
    const boxes = [...(list.current?.querySelectorAll('input:enabled') ?? [])];
    const next = boxes[boxes.findIndex((box) => box === event.target) + by];
    if (next instanceof HTMLElement) next.focus();
  };
  return (
    <ul ref={list} className={classes.list} aria-label="Columns">
      {[...shown, ...rest].map((id) => {
        const isShown = shown.includes(id);
        const place = shown.indexOf(id);
        return (
          <li
            key={id}
            draggable={isShown}
            data-over={over === id || undefined}
            onKeyDown={(event) => onKeyDown(event, id)}
            onDragStart={(event) => {
              dragged.current = id;
              event.dataTransfer.effectAllowed = 'move';
              event.dataTransfer.setData('text/plain', columnFacts(id).label);
            }}
            onDragEnd={() => setOver(null)}
            onDragOver={(event) => {
              if (dragged.current === null || !isShown) return;
              event.preventDefault();
              setOver(id);
            }}
            onDrop={(event) => {
              event.preventDefault();
              if (dragged.current !== null && isShown) onChange(moveColumn(shown, dragged.current, place));
              dragged.current = null;
            }}
          >
            <label>
              <input
                type="checkbox"
                checked={isShown}
                disabled={id === 'session'}
                data-autofocus={id === 'bookmarked' || undefined}
                onChange={(event) => onChange(withColumn(shown, id, event.currentTarget.checked))}
              />
              {columnFacts(id).label}
            </label>
            {isShown && (
              <span className={classes.moves}>
                <button
                  type="button"
                  tabIndex={-1}
                  aria-label={`Move ${columnFacts(id).label} to the left`}
                  disabled={place === 0}
                  onClick={() => onChange(moveColumn(shown, id, place - 1))}
                >
                  <Icon name="arrowUp" size={11} />
                </button>
                <button
                  type="button"
                  tabIndex={-1}
                  aria-label={`Move ${columnFacts(id).label} to the right`}
                  disabled={place === shown.length - 1}
                  onClick={() => onChange(moveColumn(shown, id, place + 1))}
                >
                  <Icon name="arrowDown" size={11} />
                </button>
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
