import { figure } from '../../format/figure';
import { formatCount, plural } from '../../format/numbers';
import { costFigure, durationFigure, turnFigures } from '../../model/totals';
import { valueLine } from '../../model/valueLine';
import { Data } from '../../parts/Data';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';
import { Time } from '../../parts/Time';
import { tracePath } from '../../state/routes';
import table from '../users/Users.module.css';

import classes from './Traces.module.css';

import type { Trace } from '../../api/schema';

interface Props {
  traces: readonly Trace[];
  selected: string | null;
  onSelect: (id: string) => void;
}

export function TraceTable({ traces, selected, onSelect }: Props) {
  return (
    <table aria-label="Traces without a session" className={`${table.table} ${classes.table}`}>
      <thead>
        <tr>
          <th scope="col">Trace</th>
          <th scope="col">User</th>
          <th scope="col">Steps</th>
          <th scope="col">Took</th>
          <th scope="col">Tokens</th>
          <th scope="col">Cost</th>
          <th scope="col">Started</th>
        </tr>
      </thead>
      <tbody>
        {traces.map((trace) => (
          <Row
            key={trace.id}
            trace={trace}
            isSelected={trace.id === selected}
            onSelect={() => onSelect(trace.id)}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  trace: Trace;
  isSelected: boolean;
  onSelect: () => void;
}

function Row({ trace, isSelected, onSelect }: RowProps) {
  const said = valueLine(trace.input);
  return (
    <tr data-selected={isSelected || undefined}>
      <th scope="row">
        <Link
          to={tracePath(trace.id)}
          aria-current={isSelected || undefined}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            onSelect();
          }}
        >
          {trace.status === 'error' && (
            <span className={table.failed} role="img" aria-label="Failed">
              !{' '}
            </span>
          )}
          <Data>{trace.name === '' ? trace.id : trace.name}</Data>
        </Link>
        {said !== '' && <Data className={classes.said}>{said}</Data>}
      </th>
      <td>
        {trace.userId === null ? (
          <Num figure={{ text: '-', title: 'It names no user.', known: false }} />
        ) : (
          <Data className={classes.user}>{trace.userId}</Data>
        )}
      </td>
      <td>
        <Num figure={figure(formatCount(trace.spanCount), plural(trace.spanCount, 'step'))} />
      </td>
      <td>
        <Num figure={durationFigure(trace.duration, 'It is running, or its end was not sent.')} />
      </td>
      <td>
        <Num figure={turnFigures(trace).tokens} />
      </td>
      <td>
        <Num figure={costFigure(trace)} />
      </td>
      <td>
        <Time iso={trace.startTime} />
      </td>
    </tr>
  );
}
