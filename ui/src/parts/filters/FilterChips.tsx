import { Data } from '../../parts/Data';
import { Popover } from '@mantine/core';
import { useState } from 'react';

import { visibleName } from '../../model/visible';
import { Icon } from '../../parts/Icon';
import { Menu } from '../../parts/Menu';
import { withFilter, withoutFilter, type Filter, type ListState } from '../../state/listState';
import { filterSentence, filterWords } from '../../state/sentences';

import { FilterEditor } from './FilterEditor';
import classes from './Toolbar.module.css';

import type { Session } from '../../api/schema';

interface Props {
  state: ListState;
  setState: (state: ListState) => void;
  sessions: readonly Session[];
}

export function FilterChips({ state, setState, sessions }: Props) {
  return state.filters.map((filter) => (
    <Chip
      key={filterSentence(filter)}
      filter={filter}
      sessions={sessions}
      onChange={(next) => setState(withFilter(withoutFilter(state, filter), next))}
      onRemove={() => setState(withoutFilter(state, filter))}
    />
  ));
}

interface ChipProps {
  filter: Filter;
  sessions: readonly Session[];
  onChange: (filter: Filter) => void;
  onRemove: () => void;
}

function Chip({ filter, sessions, onChange, onRemove }: ChipProps) {
  const [opened, setOpened] = useState(false);
  const { subject, verb, value } = filterWords(filter);
  const sentence = filterSentence(filter);
  return (
    <Menu opened={opened} setOpened={setOpened}>
      <span className={classes.chip}>
        <Popover.Target>
          <button
            type="button"
            aria-label={`Filter: ${visibleName(sentence)}. Change it`}
            onClick={() => setOpened(!opened)}
          >
            <span className={classes.word}>
              {subject !== '' && <Data>{subject}</Data>} {verb}
            </span>{' '}
            <Data>{value}</Data>
          </button>
        </Popover.Target>
        <button type="button" aria-label={`Remove the filter: ${visibleName(sentence)}`} onClick={onRemove}>
          <Icon name="close" size={12} />
        </button>
      </span>
      <Popover.Dropdown>
        <FilterEditor
          field={filter.field}
          current={filter}
          sessions={sessions}
          onApply={(next) => {
            setOpened(false);
            onChange(next);
          }}
        />
      </Popover.Dropdown>
    </Menu>
  );
}
