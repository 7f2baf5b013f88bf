import { Popover, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { valuesQuery } from '../../api/queries';
import { Icon } from '../../parts/Icon';
import { Menu } from '../../parts/Menu';
import { releaseOf, type CompareState } from '../../state/compareState';
import { withFilter } from '../../state/listState';
import { useNow } from '../../state/now';
import { rangeSentence } from '../../state/sentences';
import { PeriodForm } from '../../parts/filters/PeriodForm';
import toolbar from '../../parts/filters/Toolbar.module.css';

import classes from './Compare.module.css';

interface Props {
  state: CompareState;
  onChange: (state: CompareState) => void;
}

/** The two releases, of those that sessions name. */
export function Releases({ state, onChange }: Props) {
  const { data } = useQuery(valuesQuery('release', ''));
  const release = releaseOf(state.list);
  const known = [...(data ?? []).map(({ value }) => value), release, state.baseRelease];
  const options = [...new Set(known.filter((value) => value !== null && value !== ''))] as string[];
  const select = (label: string, value: string | null, onPick: (value: string) => void) => (
    <Select
      aria-label={label}
      placeholder={label}
      data={options}
      value={value}
      searchable
      allowDeselect={false}
      nothingFoundMessage="No session names such a release"
      onChange={(picked) => picked !== null && onPick(picked)}
    />
  );
  return (
    <div className={classes.releases}>
      {select('Release', release, (value) =>
        onChange({ ...state, list: withFilter(state.list, { field: 'release', value }) }),
      )}
      <span>with</span>
      {select('Compared with', state.baseRelease, (baseRelease) => onChange({ ...state, baseRelease }))}
    </div>
  );
}

/** The period that is compared with: the one before unless another is chosen. */
export function BaseMenu({ state, onChange }: Props) {
  const [opened, setOpened] = useState(false);
  const now = useNow();
  const { base } = state;
  const said = base === null ? 'the period before' : rangeSentence({ kind: 'custom', ...base }, now);
  const pick = (next: CompareState['base']): void => {
    setOpened(false);
    onChange({ ...state, base: next });
  };
  return (
    <Menu opened={opened} setOpened={setOpened}>
      <Popover.Target>
        <button
          type="button"
          className={toolbar.pill}
          aria-label={`Compared with ${said}`}
          onClick={() => setOpened(!opened)}
        >
          with {said} <Icon name="down" size={12} />
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={toolbar.panel} role="group" aria-label="Compared with">
          <button
            type="button"
            className={toolbar.option}
            aria-pressed={base === null}
            data-autofocus
            onClick={() => pick(null)}
          >
            The period before, as long
            {base === null && <Icon name="check" size={13} />}
          </button>
          <PeriodForm
            from={base?.from ?? null}
            to={base?.to ?? null}
            does="Compare with this period"
            onApply={(from, to) => from !== null && to !== null && pick({ from, to })}
          />
        </div>
      </Popover.Dropdown>
    </Menu>
  );
}
