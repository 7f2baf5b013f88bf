import { exactCost, formatCost } from '../../../format/money';
import { figure, unknown } from '../../../format/figure';
import { Data } from '../../../parts/Data';
import { Link } from '../../../parts/Link';
import { Num } from '../../../parts/Num';

import classes from './Charts.module.css';

export interface CostBar {
  key: string;
  name: string;
  /** `null` where it is not known. */
  cost: number | null;
  note?: string;
  /** Where it leads: an address of ours, or a turn of this page. */
  open?: string | (() => void);
}

/** What costs how much, the dearest first. */
export function CostBars({ title, bars }: { title: string; bars: readonly CostBar[] }) {
  if (bars.length === 0) return null;
  const most = Math.max(...bars.map(({ cost }) => cost ?? 0)) || 1;
  return (
    <section className={classes.chart} aria-label={title}>
      <h2>{title}</h2>
      <ul className={classes.bars}>
        {bars.map((bar) => (
          <li key={bar.key}>
            <Door bar={bar} />
            <span className={classes.note}>{bar.note}</span>
            <Num
              className={classes.amount}
              figure={
                bar.cost === null
                  ? unknown('No price is known for it.')
                  : figure(formatCost(bar.cost), exactCost(bar.cost))
              }
            />
            <span className={classes.track} aria-hidden="true">
              <span style={{ width: `${((bar.cost ?? 0) / most) * 100}%` }} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Door({ bar: { name, open } }: { bar: CostBar }) {
  if (typeof open === 'string') {
    return (
      <Link to={open} className={classes.door} data-tip="All sessions with it">
        <Data>{name}</Data>
      </Link>
    );
  }
  if (open === undefined) return <Data className={classes.door}>{name}</Data>;
  return (
    <button type="button" className={classes.door} onClick={open}>
      <Data>{name}</Data>
    </button>
  );
}
