import { Button, Loader } from '@mantine/core';

import { sentences } from '../api/errors';

interface Props {
  hasMore: boolean;
  error: unknown;
  onRetry: () => void;
  what: string;
}

/** The end of a list that goes on: it is loading, or it says why not. */
export function LoadMore({ hasMore, error, onRetry, what }: Props) {
  if (error !== null && error !== undefined) {
    return (
      <p role="alert" style={{ padding: '12px 20px', color: 'var(--danger)' }}>
        Cannot load more {what}: {sentences(error)}{' '}
        <Button variant="default" onClick={onRetry} ml={8}>
          Try again
        </Button>
      </p>
    );
  }
  if (!hasMore) return null;
  return (
    <p
      role="status"
      style={{ display: 'flex', gap: 8, alignItems: 'center', padding: '12px 20px', color: 'var(--text-3)' }}
    >
      <Loader size={12} color="gray" /> Loading more {what}
    </p>
  );
}
