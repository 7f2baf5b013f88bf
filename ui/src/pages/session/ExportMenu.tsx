import { Button, Menu } from '@mantine/core';

import { exportHref } from '../../api/queries';
import { download } from '../../parts/download';
import { Icon } from '../../parts/Icon';
import { useShortcut } from '../../state/shortcuts';

export function ExportMenu({ id, onPrint }: { id: string; onPrint: () => void }) {
  const command = { keys: null, group: 'Session', isCommand: true };
  useShortcut({ ...command, label: 'Export the session as JSON' }, () => download(exportHref(id, 'json')));
  useShortcut({ ...command, label: 'Export the session as JSON Lines' }, () =>
    download(exportHref(id, 'jsonl')),
  );
  useShortcut({ ...command, keys: 'p', label: 'Transcript, to read and print' }, onPrint);
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <Button variant="default" leftSection={<Icon name="download" size={14} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={exportHref(id, 'json')} download>
          JSON, can be imported again
        </Menu.Item>
        <Menu.Item component="a" href={exportHref(id, 'jsonl')} download>
          JSON Lines, one turn per line
        </Menu.Item>
        <Menu.Item onClick={onPrint}>Transcript, to read and print</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
