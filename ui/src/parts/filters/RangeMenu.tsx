import { Button, Popover, TextInput } from '@mantine/core';
import { useState } from 'react';

import { localZone, zoneName } from '../../format/time';
import { Icon } from '../../parts/Icon';
import { Menu } from '../../parts/Menu';
import { RANGES, type Range } from '../../state/listState';
import { useNow } from '../../state/now';
import { PRESET_WORDS, rangeSentence } from '../../state/sentences';

import classes from './Toolbar.module.css';

interface Props {
  range: Range;
  onChange: (range: Range) => void;
}

export function RangeMenu({ range, onChange }: Props) {
  const [opened, setOpened] = useState(false);
  const now = useNow();
  const pick = (next: Range): void => {
    setOpened(false);
    onChange(next);
  };
  const options: Range[] = [...RANGES.map((preset) => ({ kind: 'last' as const, preset })), { kind: 'all' }];
  const same = (option: Range): boolean =>
    option.kind === range.kind &&
    (option.kind !== 'last' || (range.kind === 'last' && range.preset === option.preset));
  return (
    <Menu opened={opened} setOpened={setOpened}>
      <Popover.Target>
        <button
          type="button"
          className={classes.pill}
          aria-label={`Time range: ${rangeSentence(range, now)}`}
          onClick={() => setOpened(!opened)}
        >
          <Icon name="clock" size={13} />
          {rangeSentence(range, now)}
          <Icon name="down" size={12} />
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={classes.panel} role="group" aria-label="Time range">
          <div className={classes.options} style={{ maxHeight: 'none' }}>
            {options.map((option, i) => (
              <button
                key={option.kind === 'last' ? option.preset : 'all'}
                type="button"
                className={classes.option}
                aria-pressed={same(option)}
                data-autofocus={i === 0 || undefined}
                onClick={() => pick(option)}
              >
                {option.kind === 'last' ? PRESET_WORDS[option.preset] : 'All time'}
                {same(option) && <Icon name="check" size={13} />}
              </button>
            ))}
          </div>
          <CustomRange range={range} onApply={pick} />
        </div>
      </Popover.Dropdown>
    </Menu>
  );
}

/** `datetime-local` has no zone: it is read and shown in the zone of the browser, which is named below. */
function localText(iso: string | null): string {
  if (iso === null) return '';
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const isoOf = (text: string): string | null => (text === '' ? null : new Date(text).toISOString());

function CustomRange({ range, onApply }: { range: Range; onApply: (range: Range) => void }) {
  const custom = range.kind === 'custom' ? range : { from: null, to: null };
  const [from, setFrom] = useState(localText(custom.from));
  const [to, setTo] = useState(localText(custom.to));
  const now = useNow();
  const crossed = from !== '' && to !== '' && from >= to;
  return (
    <form
      className={classes.custom}
      onSubmit={(event) => {
        event.preventDefault();
        onApply({ kind: 'custom', from: isoOf(from), to: isoOf(to) });
      }}
    >
      <TextInput
        type="datetime-local"
        label="From"
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        label="To"
        value={to}
        error={crossed ? 'Ends before it begins' : null}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" disabled={crossed || (from === '' && to === '')}>
        Show this range
      </Button>
      <span className={classes.zone}>Times in {zoneName(now, localZone())}</span>
    </form>
  );
}
