import { Modal } from '@mantine/core';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';

import { plural } from '../../format/numbers';
import { keyCaps } from '../../model/keyCaps';
import { IS_MAC } from '../../state/shortcuts';
import { Data } from '../Data';
import { Icon } from '../Icon';

import { useEntries, type Entry } from './useEntries';
import classes from './Palette.module.css';

interface Props {
  /** What was typed before there was a box to type in, once. */
  takeEarly: () => string;
  onClose: (run: (() => void) | null) => void;
}

const PAGE = 6;

/** Anything by its name: a box to type in, and what answers to it in a list that the arrows walk. */
export default function Palette({ takeEarly, onClose }: Props) {
  const [typed, setTyped] = useState('');
  // What is chosen is an entry and not a place: results that arrive later do not move it.
  const [chosen, setChosen] = useState<string | null>(null);
  const { sections, isSearching } = useEntries(typed);
  const entries = sections.flatMap((section) => section.entries);
  const at = Math.max(
    0,
    entries.findIndex(({ key }) => key === chosen),
  );
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const active = entries[at]?.key;
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const go = (to: number): void => setChosen(entries[(to + entries.length) % entries.length]?.key ?? null);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const run = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      PageDown: () => go(Math.min(at + PAGE, entries.length - 1)),
      PageUp: () => go(Math.max(at - PAGE, 0)),
      Enter: () => onClose(entries[at]?.run ?? null),
      // Also while the focus is in a list that is about to go.
      Escape: () => onClose(null),
    }[event.key];
    if (run === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };
  return (
    <Modal
      opened
      onClose={() => onClose(null)}
      withCloseButton={false}
      returnFocus={false}
      size={620}
      padding={0}
      yOffset="12vh"
      transitionProps={{ duration: 0 }}
      attributes={{ content: { 'aria-label': 'Command palette' } }}
    >
      <div className={classes.head}>
        <Icon name="search" />
        <input
          className={classes.input}
          data-autofocus
          role="combobox"
          aria-label="Find a page, a session, a user or a command"
          aria-expanded={true}
          aria-controls={id}
          aria-activedescendant={active === undefined ? undefined : `${id} ${at}`.replaceAll(' ', '-')}
          aria-autocomplete="list"
          aria-busy={isSearching}
          autoComplete="off"
          spellCheck={false}
          placeholder="Find a page, a session, a user or a command"
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setChosen(null);
          }}
          onFocus={() => {
            const early = takeEarly();
            if (early !== '') setTyped(early);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div
        ref={list}
        id={id}
        className={classes.list}
        role="listbox"
        aria-label="Results"
        aria-busy={isSearching}
      >
        {sections.map(({ title, entries: shown }) => (
          <div key={title} role="group" aria-label={title} className={classes.section}>
            <p aria-hidden="true">{title}</p>
            {shown.map((entry) => {
              const place = entries.indexOf(entry);
              return (
                <div
                  key={entry.key}
                  id={`${id} ${place}`.replaceAll(' ', '-')}
                  role="option"
                  aria-selected={place === at}
                  className={classes.option}
                  // The focus stays where one types.
                  onPointerDown={(event) => event.preventDefault()}
                  onPointerMove={() => setChosen(entry.key)}
                  onClick={() => onClose(entry.run)}
                >
                  <Icon name={entry.icon} size={15} />
                  <Label entry={entry} />
                </div>
              );
            })}
          </div>
        ))}
      </div>
      <p role="status" className="vh">
        {isSearching ? 'Searching' : plural(entries.length, 'result')}
      </p>
    </Modal>
  );
}

function Label({ entry: { label, isData, at = [], aside, keys } }: { entry: Entry }) {
  return (
    <>
      <span className={classes.label}>
        {isData === true ? (
          <Data>{label}</Data>
        ) : at.length === 0 ? (
          label
        ) : (
          // A word that a screen reader would spell is said whole.
          <>
            <span className="vh">{label}</span>
            <span aria-hidden="true">
              {Array.from(label, (letter, i) => (at.includes(i) ? <b key={i}>{letter}</b> : letter))}
            </span>
          </>
        )}
      </span>
      {aside !== undefined && aside !== label && (
        <span className={classes.aside}>
          <Data>{aside}</Data>
        </span>
      )}
      {keys !== undefined && keys !== null && (
        <span className={classes.keys} aria-hidden="true">
          {keyCaps(keys, IS_MAC).map((cap) => (
            <kbd key={cap}>{cap}</kbd>
          ))}
        </span>
      )}
    </>
  );
}
