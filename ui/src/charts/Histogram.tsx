import { Link } from '../parts/Link';

import classes from './Histogram.module.css';

export interface Bar {
  key: string;
  /** How high it is, in any unit that all bars share. */
  count: number;
  /** What the bar says on hover and to a screen reader, with its exact numbers. */
  label: string;
  /** The sessions behind it; `null` where no address chooses exactly them. */
  to: string | null;
}

/** Bars of equal width on one scale that begins at 0, each a link to what it counts. */
export function Histogram({ label, bars }: { label: string; bars: readonly Bar[] }) {
  const most = Math.max(0, ...bars.map((bar) => bar.count)) || 1;
  return (
    <ol className={classes.bars} aria-label={label}>
      {bars.map(({ key, count, label: words, to }) => {
        const fill = count > 0 && (
          <span className={classes.fill} style={{ height: `${(100 * count) / most}%` }} />
        );
        return (
          <li key={key}>
            {to === null || count === 0 ? (
              <span className={classes.bar} role="img" aria-label={words} data-tip={words}>
                {fill}
              </span>
            ) : (
              <Link className={classes.bar} to={to} aria-label={words} data-tip={words}>
                {fill}
              </Link>
            )}
          </li>
        );
      })}
    </ol>
  );
}
