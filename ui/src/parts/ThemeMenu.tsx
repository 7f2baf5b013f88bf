import { Menu, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';

import { Icon, type IconName } from './Icon';
import classes from './Shell.module.css';

const SCHEMES: { scheme: MantineColorScheme; label: string; icon: IconName }[] = [
  { scheme: 'auto', label: 'As the system', icon: 'screen' },
  { scheme: 'light', label: 'Light', icon: 'sun' },
  { scheme: 'dark', label: 'Dark', icon: 'moon' },
];

export function ThemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const current = SCHEMES.find(({ scheme }) => scheme === colorScheme) ?? SCHEMES[0];
  return (
    <Menu position="top-start" width={170}>
      <Menu.Target>
        <button type="button" className={classes.item} aria-label={`Theme: ${current?.label ?? ''}`}>
          <Icon name={current?.icon ?? 'screen'} />
          <span className={classes.itemText}>Theme</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {SCHEMES.map(({ scheme, label, icon }) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon name={icon} />}
            rightSection={scheme === colorScheme ? <Icon name="check" size={14} /> : null}
            onClick={() => setColorScheme(scheme)}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
