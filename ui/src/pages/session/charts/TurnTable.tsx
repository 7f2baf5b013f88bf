import { useState } from 'react';

import { binName } from '../../../model/turnSeries';

import classes from './Charts.module.css';

import type { ChartProps } from './TurnChart';

/** The same figures for those who do not see the bars, and for those who want to read them. */
export function TurnTable({ title, series, unit, bins, onOpen }: ChartProps) {
  const [open, setOpen] = useState(false);
  return (
    <details className={classes.table} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Table<span className="vh"> of: {title}</span>
      </summary>
      {open && (
        <div className={classes.scroll} tabIndex={0} role="region" aria-label={`Table: ${title}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Turn</th>
                {series.map(({ name }) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {bins.map((bin) => (
                <tr key={bin.from}>
                  <th scope="row">
                    <button type="button" onClick={() => onOpen(bin)}>
                      {binName(bin)}
                    </button>
                  </th>
                  {series.map(({ name, of }) => (
                    <td key={name}>{unit.exact(of(bin))}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
