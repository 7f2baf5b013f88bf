import { ActionIcon } from '@mantine/core';
import { useEffect, useState } from 'react';

import { copy } from './copy';
import { Icon, type IconName } from './Icon';

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
