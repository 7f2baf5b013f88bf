import { Button, Menu } from '@mantine/core';

import { exportHref } from '../../api/queries';
import { Icon } from '../../parts/Icon';

export function ExportMenu({ id, onPrint }: { id: string; onPrint: () => void }) {
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
