import { Skeleton } from '@mantine/core';

import classes from './SessionTable.module.css';

const WIDTHS = [62, 48, 71, 40, 55, 66, 44, 58, 69, 50, 60, 46];

/** The list before its first answer, in the shape that it is going to have. */
export function SkeletonRows() {
  return (
    <div role="rowgroup" aria-label="Loading the sessions" aria-busy="true">
      {WIDTHS.map((width) => (
        <div key={width} role="row" className={classes.skeleton}>
          <div role="cell">
            <Skeleton height={9} width={`${width / 2}%`} radius={3} />
            <Skeleton height={7} width={`${width / 5}%`} mt={8} radius={3} />
          </div>
        </div>
      ))}
    </div>
  );
}
