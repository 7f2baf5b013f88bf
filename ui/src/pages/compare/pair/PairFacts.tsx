import { formatAbsolute, formatDateTime, moment } from '../../../format/time';
import { figure, type Figure } from '../../../format/figure';
import { formatCount, plural } from '../../../format/numbers';
import { changeFigure, type Unit } from '../../../model/sessionPair';
import { costFigure, durationFigure, sessionTitle, tokensFigure } from '../../../model/totals';
import { Data } from '../../../parts/Data';
import { Link } from '../../../parts/Link';
import { Num } from '../../../parts/Num';
import { sessionPath, userPath } from '../../../state/routes';
import { useNow } from '../../../state/now';

import classes from './SessionPair.module.css';

import type { Session, SessionPair } from '../../../api/schema';

type Name = keyof SessionPair['differences'];

const count = (n: number, one: string): Figure => figure(formatCount(n), plural(n, one));

const ROWS: { label: string; name: Name; unit: Unit; of: (session: Session) => Figure }[] = [
  { label: 'Turns', name: 'traceCount', unit: 'count', of: (one) => count(one.traceCount, 'turn') },
  { label: 'Duration', name: 'duration', unit: 'duration', of: (one) => durationFigure(one.duration) },
  {
    label: 'Active',
    name: 'activeDuration',
    unit: 'duration',
    of: (one) => durationFigure(one.activeDuration),
  },
  { label: 'Tokens', name: 'totalTokens', unit: 'tokens', of: tokensFigure },
  { label: 'Cost', name: 'totalCost', unit: 'cost', of: costFigure },
  {
    label: 'Model calls',
    name: 'generationCount',
    unit: 'count',
    of: (one) => count(one.generationCount, 'model call'),
  },
  { label: 'Tool calls', name: 'toolCount', unit: 'count', of: (one) => count(one.toolCount, 'tool call') },
  {
    label: 'Failed turns',
    name: 'errorCount',
    unit: 'count',
    of: (one) => count(one.errorCount, 'failed turn'),
  },
];

/** Who, when and how much of both, and how much more the second has. */
export function PairFacts({ pair }: { pair: SessionPair }) {
  return (
    <section className={classes.facts} aria-label="Both sessions">
      <div className={classes.heads}>
        <Head side="A" session={pair.a} />
        <Head side="B" session={pair.b} />
      </div>
      <div className={classes.scroll} role="region" aria-label="Numbers of both" tabIndex={0}>
        <table aria-label="Numbers of both sessions">
          <thead>
            <tr>
              <td />
              {ROWS.map(({ label }) => (
                <th key={label} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(['a', 'b'] as const).map((side) => (
              <tr key={side}>
                <th scope="row">{side.toUpperCase()}</th>
                {ROWS.map(({ label, of }) => (
                  <td key={label}>
                    <Num figure={of(pair[side])} />
                  </td>
                ))}
              </tr>
            ))}
            <tr className={classes.changes}>
              <th scope="row" data-tip="How much more B has">
                B − A
              </th>
              {ROWS.map(({ label, name, unit }) => (
                <td key={label}>
                  <Num figure={changeFigure(pair.differences[name], unit)} />
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Head({ side, session }: { side: 'A' | 'B'; session: Session }) {
  const now = useNow();
  const { text, from } = sessionTitle(session);
  const started = moment(session.startTime);
  return (
    <div className={classes.head}>
      <span className={classes.side} aria-hidden="true">
        {side}
      </span>
      <div>
        <h2>
          <Link to={sessionPath(session.id)} aria-label={`Session ${side}: ${text}`}>
            <Data>{text}</Data>
          </Link>
        </h2>
        <p>
          {from !== 'id' && <Data className={classes.id}>{session.id}</Data>}
          {session.userId !== null && (
            <Link to={userPath(session.userId)}>
              <Data>{session.userId}</Data>
            </Link>
          )}
          {started !== null && <span data-tip={formatAbsolute(started)}>{formatDateTime(started, now)}</span>}
          {session.release !== null && <Data>{session.release}</Data>}
          {session.models.map(({ model }) => (
            <Data key={model}>{model}</Data>
          ))}
          {session.outcome !== null && <Data>{session.outcome}</Data>}
        </p>
      </div>
    </div>
  );
}
