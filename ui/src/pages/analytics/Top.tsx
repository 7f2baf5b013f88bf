import { exactCost, formatCost } from '../../format/money';
import { exactTokens, formatTokens, plural } from '../../format/numbers';
import { Data } from '../../parts/Data';
import { Link } from '../../parts/Link';
import { sessionPath, turnPath, userPath } from '../../state/routes';

import classes from './Analytics.module.css';

import type { CostAnalytics } from '../../api/schema';

interface Entry {
  key: string;
  name: string;
  to: string;
  cost: number;
  tokens: number;
  note: string;
}

/** The dearest sessions, traces and users, each a door. */
export function Top({ top }: { top: NonNullable<CostAnalytics['top']> }) {
  const lists: [string, Entry[]][] = [
    [
      'Dearest sessions',
      top.sessions.map(({ id, title, userId, traceCount, totalCost, totalTokens }) => ({
        key: id,
        name: title ?? id,
        to: sessionPath(id),
        cost: totalCost,
        tokens: totalTokens,
        note: [userId, plural(traceCount, 'turn')].filter(Boolean).join(' · '),
      })),
    ],
    [
      'Dearest traces',
      top.traces.map(({ id, name, sessionId, totalCost, totalTokens }) => ({
        key: `${sessionId} ${id}`,
        name: name === '' ? id : name,
        to: turnPath(sessionId, id),
        cost: totalCost,
        tokens: totalTokens,
        note: sessionId,
      })),
    ],
    [
      'Dearest users',
      top.users.map(({ id, sessionCount, totalCost, totalTokens }) => ({
        key: id,
        name: id,
        to: userPath(id),
        cost: totalCost,
        tokens: totalTokens,
        note: plural(sessionCount, 'session'),
      })),
    ],
  ];
  return (
    <div className={classes.tops}>
      {lists.map(
        ([title, entries]) =>
          entries.length > 0 && (
            <section key={title} aria-label={title} className={classes.top}>
              <h2>{title}</h2>
              <ol>
                {entries.map(({ key, name, to, cost, tokens, note }) => (
                  <li key={key}>
                    <Link to={to}>
                      <Data>{name}</Data>
                    </Link>
                    <span data-tip={`${exactCost(cost)}, ${exactTokens(tokens)}`}>
                      {formatCost(cost)} <span className={classes.quietText}>{formatTokens(tokens)} tok</span>
                    </span>
                    <small>
                      <Data>{note}</Data>
                    </small>
                  </li>
                ))}
              </ol>
            </section>
          ),
      )}
    </div>
  );
}
