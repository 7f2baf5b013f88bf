import { Popover } from '@mantine/core';
import { useState } from 'react';

import { Icon } from '../../parts/Icon';
import { Menu } from '../../parts/Menu';
import { RANGES, type Range } from '../../state/listState';
import { useNow } from '../../state/now';
import { PRESET_WORDS, rangeSentence } from '../../state/sentences';

import { PeriodForm } from './PeriodForm';
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
          <PeriodForm
            from={range.kind === 'custom' ? range.from : null}
            to={range.kind === 'custom' ? range.to : null}
            does="Show this range"
            isOpen
            onApply={(from, to) => pick({ kind: 'custom', from, to })}
          />
        </div>
      </Popover.Dropdown>
    </Menu>
  );
}
