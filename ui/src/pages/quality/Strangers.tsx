import { formatCount, plural } from '../../format/numbers';
import { senderName } from '../../model/findings';
import { Data } from '../../parts/Data';
import { Link } from '../../parts/Link';
import { tracePath } from '../../state/routes';

import classes from './Quality.module.css';

import type { Quality } from '../../api/schema';

const SHOWN = 40;

/** Spans that speak no known dialect, with the names of what they carry: what an instrumentation would have to read. */
export function Strangers({ report: { notUnderstood } }: { report: Quality }) {
  const { examples, spanCount, traceCount } = notUnderstood;
  return (
    <>
      <p>
        {plural(spanCount, 'span')} of {plural(traceCount, 'trace')}, such as:
      </p>
      <ul className={classes.strangers}>
        {examples.map((example) => (
          <li key={`${example.traceId} ${example.spanId}`}>
            <Link to={`${tracePath(example.traceId)}&${new URLSearchParams({ span: example.spanId })}`}>
              <Data>{example.name === '' ? example.spanId : example.name}</Data>
            </Link>{' '}
            <span className={classes.note}>
              from <Data>{senderName({ ...example, dialect: null })}</Data>
            </span>
            <Names label="Attributes" names={example.attributes} />
            <Names label="Events" names={example.events} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Names({ label, names }: { label: string; names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <p className={classes.names}>
      <span className="vh">{label}: </span>
      {names.slice(0, SHOWN).map((name) => (
        <code key={name}>
          <Data>{name}</Data>
        </code>
      ))}
      {names.length > SHOWN && <span>and {formatCount(names.length - SHOWN)} more</span>}
    </p>
  );
}
