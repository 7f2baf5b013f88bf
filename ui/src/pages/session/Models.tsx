import { Popover } from '@mantine/core';
import { useRef, useState } from 'react';

import { figure, unknown, type Figure } from '../../format/figure';
import { exactCost, formatCost } from '../../format/money';
import { exactTokens, formatCount } from '../../format/numbers';
import { Data } from '../../parts/Data';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';
import { DEFAULT_STATE, listSearch } from '../../state/listState';
import { useShared } from '../../state/shared';

import classes from './Header.module.css';

import type { ModelUse, Session } from '../../api/schema';

/** Long enough to cross the gap between the name and the table. */
const LINGER = 150;

/** The models of a session; what each of them used on hover, focus or click. */
export function Models({ session }: { session: Session }) {
  const [opened, setOpened] = useState(false);
  const closing = useRef(0);
  const { models, unpricedModels } = session;
  const [first] = models;
  const open = (): void => {
    window.clearTimeout(closing.current);
    setOpened(true);
  };
  const close = (): void => {
    closing.current = window.setTimeout(() => setOpened(false), LINGER);
  };
  return (
    <>
      <Popover opened={opened} onChange={setOpened}>
        <Popover.Target>
          <button
            type="button"
            className={classes.models}
            onMouseEnter={open}
            onMouseLeave={close}
            onClick={open}
          >
            <Data>{first?.model ?? ''}</Data>
            {models.length > 1 && ` +${models.length - 1}`}
            <span className="vh">, show what each used</span>
          </button>
        </Popover.Target>
        <Popover.Dropdown onMouseEnter={open} onMouseLeave={close}>
          <Breakdown models={models} unpriced={unpricedModels} />
        </Popover.Dropdown>
      </Popover>
      {unpricedModels.length > 0 && (
        <span className={classes.unpriced}>
          no price for <Data>{unpricedModels.join(', ')}</Data>
        </span>
      )}
    </>
  );
}

const NO_USAGE = 'No call of this model reported its token usage.';

const tokens = (n: number, use: ModelUse): Figure =>
  use.totalTokens === 0 ? unknown(NO_USAGE) : figure(formatCount(n), exactTokens(n));

function cost({ model, cost: dollars, totalTokens }: ModelUse, unpriced: readonly string[]): Figure {
  if (unpriced.includes(model)) return unknown(`No price for ${model}.`);
  if (dollars !== null && (dollars > 0 || totalTokens > 0))
    return figure(formatCost(dollars), exactCost(dollars));
  return unknown(totalTokens === 0 ? NO_USAGE : `No price for ${model}.`);
}

function Breakdown({ models, unpriced }: { models: readonly ModelUse[]; unpriced: readonly string[] }) {
  const isShared = useShared();
  return (
    <table className={classes.breakdown}>
      <thead>
        <tr>
          {['Model', 'Calls', 'Prompt', 'Completion', 'Cost'].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {models.map((use) => (
          <tr key={use.model}>
            <td>
              <Link
                to={`/sessions${listSearch({ ...DEFAULT_STATE, filters: [{ field: 'model', value: use.model }] })}`}
              >
                <Data>{use.model}</Data>
              </Link>
            </td>
            <td>{formatCount(use.generations)}</td>
            <td>
              <Num figure={tokens(use.promptTokens, use)} />
            </td>
            <td>
              <Num figure={tokens(use.completionTokens, use)} />
            </td>
            <td>
              <Num figure={cost(use, unpriced)} />
              {!isShared && unpriced.includes(use.model) && (
                <Link
                  to={`/settings/prices?model=${encodeURIComponent(use.model)}`}
                  className={classes.addPrice}
                >
                  add a price
                </Link>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
