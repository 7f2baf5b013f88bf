import { Menu } from '@mantine/core';

import { bulkExportHref } from '../../api/queries';
import { byIds } from '../../model/bulk';
import { plural } from '../../format/numbers';
import { download } from '../../parts/download';
import { Icon } from '../../parts/Icon';
import { askedParams, type ListState } from '../../state/listState';
import { useNow } from '../../state/now';
import { useShortcut } from '../../state/shortcuts';

import type { Params } from '../../api/client';
import type { FoundSession } from '../../api/schema';

const FORMATS: { label: string; params: Params }[] = [
  { label: 'CSV, a row for each session', params: [['format', 'csv']] },
  { label: 'Parquet, a row for each session', params: [['format', 'parquet']] },
  { label: 'JSON Lines, a session on each line', params: [['format', 'jsonl']] },
  {
    label: 'JSON Lines with all turns, can be imported again',
    params: [
      ['format', 'jsonl'],
      ['include', 'traces'],
    ],
  },
];

interface Props {
  state: ListState;
  /** `null`: every session that the filters choose. */
  sessions: readonly FoundSession[] | null;
  className?: string | undefined;
}

/** Sessions as one file, straight from the server. */
export function ExportMenu({ state, sessions, className }: Props) {
  const named = sessions === null ? null : byIds(sessions.map(({ id }) => id));
  const now = useNow();
  const isTooMany = sessions !== null && named === null;
  const params = (): Params => (named === null ? askedParams(state, now) : [['filter', named]]);
  const what = sessions === null ? 'all that match' : 'the selected';
  return (
    <Menu position="bottom-end" width={320}>
      <Menu.Target>
        <button type="button" className={className} aria-label="Export" data-tip="Export">
          <Icon name="download" size={13} /> {sessions !== null && 'Export'}
        </button>
      </Menu.Target>
      {!isTooMany &&
        FORMATS.map(({ label, params: format }) => (
          <Offered
            key={label}
            label={`Export ${what}: ${label}`}
            run={() => download(bulkExportHref([...params(), ...format]))}
          />
        ))}
      <Menu.Dropdown>
        <Menu.Label>
          {sessions === null
            ? 'Every session that matches'
            : isTooMany
              ? `${plural(sessions.length, 'session')} are too many to name: select all that match, or fewer`
              : plural(sessions.length, 'session')}
        </Menu.Label>
        {FORMATS.map(({ label, params: format }) => (
          <Menu.Item
            key={label}
            component="a"
            href={isTooMany ? undefined : bulkExportHref([...params(), ...format])}
            disabled={isTooMany}
            download
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** The same from the palette. */
function Offered({ label, run }: { label: string; run: () => void }) {
  useShortcut({ keys: null, label, group: 'List', isCommand: true }, run);
  return null;
}
