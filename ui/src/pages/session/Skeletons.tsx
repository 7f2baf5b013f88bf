import { Skeleton } from '@mantine/core';

import classes from './Header.module.css';

export function HeaderSkeleton() {
  return (
    <div className={classes.header} aria-label="Loading the session" aria-busy="true" role="status">
      <Skeleton height={14} width={280} radius={4} my={8} />
      <Skeleton height={9} width={360} radius={3} />
      <Skeleton height={22} width={520} maw="100%" mt={20} mb={6} radius={4} />
    </div>
  );
}

export function ConversationSkeleton() {
  return (
    <div
      style={{ padding: '24px 20px 24px 64px', maxWidth: 860 }}
      aria-label="Loading the conversation"
      aria-busy="true"
      role="status"
    >
      {[46, 78, 38, 70].map((width) => (
        <div key={width} style={{ marginBottom: 28 }}>
          <Skeleton height={8} width={70} radius={3} />
          <Skeleton height={11} width={`${width}%`} mt={10} radius={3} />
          <Skeleton height={11} width={`${width * 0.7}%`} mt={8} radius={3} />
        </div>
      ))}
    </div>
  );
}
