import { ActionIcon, Kbd } from '@mantine/core';

import { Icon } from './Icon';

/** At the end of a search box: the key that leads into it, or what empties it. */
export function ClearSearch({ isEmpty, onClear }: { isEmpty: boolean; onClear: () => void }) {
  if (isEmpty) return <Kbd size="xs">/</Kbd>;
  return (
    <ActionIcon variant="subtle" color="gray" size="sm" aria-label="Clear the search" onClick={onClear}>
      <Icon name="close" size={12} />
    </ActionIcon>
  );
}
