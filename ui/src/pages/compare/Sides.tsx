import { Button, Popover, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { valuesQuery } from '../../api/queries';
import { localZone, zoneName } from '../../format/time';
import { Icon } from '../../parts/Icon';
import { Menu } from '../../parts/Menu';
import { releaseOf, type CompareState } from '../../state/compareState';
import { withFilter } from '../../state/listState';
import { useNow } from '../../state/now';
import { rangeSentence } from '../../state/sentences';
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

function localText(iso: string | undefined): string {
  if (iso === undefined) return '';
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
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
          <BaseForm base={base} onApply={pick} />
        </div>
      </Popover.Dropdown>
    </Menu>
  );
}

interface FormProps {
  base: CompareState['base'];
  onApply: (base: CompareState['base']) => void;
}

function BaseForm({ base, onApply }: FormProps) {
  const [from, setFrom] = useState(localText(base?.from));
  const [to, setTo] = useState(localText(base?.to));
  const now = useNow();
  const isCrossed = from !== '' && to !== '' && from >= to;
  return (
    <form
      className={toolbar.custom}
      onSubmit={(event) => {
        event.preventDefault();
        onApply({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
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
        error={isCrossed ? 'Ends before it begins' : null}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" disabled={isCrossed || from === '' || to === ''}>
        Compare with this period
      </Button>
      <span className={toolbar.zone}>Times in {zoneName(now, localZone())}</span>
    </form>
  );
}
