import { ActionIcon } from '@mantine/core';
import { useEffect, useState } from 'react';

import { Icon, type IconName } from './Icon';

/** The clipboard of the browser, or the old way where the page is not served over https or loopback. */
async function copy(text: string): Promise<void> {
  const clipboard = (navigator as { clipboard?: Clipboard }).clipboard;
  if (clipboard !== undefined) return clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('the browser refuses to copy');
}

interface Props {
  /** What is copied; a function where making it costs something. */
  text: string | (() => string);
  label: string;
  icon?: IconName;
}

export function CopyButton({ text, label, icon = 'copy' }: Props) {
  const [state, setState] = useState<'idle' | 'done' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = window.setTimeout(() => setState('idle'), 1500);
    return () => window.clearTimeout(timer);
  }, [state]);
  const onClick = (): void => {
    copy(typeof text === 'string' ? text : text()).then(
      () => setState('done'),
      () => setState('failed'),
    );
  };
  const said = { idle: label, done: 'Copied', failed: 'Cannot copy: the browser refuses' }[state];
  return (
    <ActionIcon variant="subtle" color="gray" size="sm" aria-label={said} data-tip={said} onClick={onClick}>
      <Icon name={state === 'done' ? 'check' : icon} size={14} />
    </ActionIcon>
  );
}
