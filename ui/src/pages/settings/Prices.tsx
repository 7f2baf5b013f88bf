import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { keys } from '../../api/keys';
import { pricesQuery, removePrice, unpricedQuery } from '../../api/projectQueries';
import { exactCost, formatCost } from '../../format/money';
import { plural } from '../../format/numbers';
import { visibleName } from '../../model/visible';
import { Confirm } from '../../parts/Confirm';
import { Data } from '../../parts/Data';
import { ErrorState } from '../../parts/ErrorState';
import { Link } from '../../parts/Link';
import { useAddress } from '../../state/location';

import { PriceForm } from './PriceForm';
import { Reprice } from './Reprice';
import { useIsAdmin } from './useScopes';
import classes from './Settings.module.css';

import type { Price } from '../../api/schema';

const PARTS = ['Input', 'Output', 'Cached', 'Cache write', 'Reasoning'];

export const pricePath = (model: string): string => `/settings/prices?model=${encodeURIComponent(model)}`;

/** What models cost: the project's own prices, which win over the price list. */
export function Prices() {
  const isAdmin = useIsAdmin();
  const { search } = useAddress();
  const asked = new URLSearchParams(search).get('model') ?? '';
  const { data, error, refetch } = useQuery(pricesQuery);
  const [removing, setRemoving] = useState<Price | null>(null);
  if (data === undefined && error !== null)
    return <ErrorState what="Cannot list the prices" error={error} onRetry={() => void refetch()} />;
  return (
    <>
      <Unpriced asked={asked} />
      {isAdmin && <PriceForm key={asked} model={asked} />}
      <section className={classes.section} aria-label="Prices">
        <h2>Prices of this project</h2>
        {data?.length === 0 ? (
          <p className={classes.note}>
            None yet. Models cost what the price list says on the day of the call, or what the sender says.
          </p>
        ) : (
          <div className={classes.scroll} tabIndex={0} role="group" aria-label="Prices, scrolls">
            <table
              className={`${classes.table ?? ''} ${classes.stack ?? ''}`}
              aria-label="Prices"
              aria-busy={data === undefined}
            >
              <thead>
                <tr>
                  <th scope="col">Model</th>
                  <th scope="col">Provider</th>
                  {PARTS.map((head) => (
                    <th
                      key={head}
                      scope="col"
                      className={classes.number}
                      data-tip="US dollars per million tokens"
                    >
                      {head}
                    </th>
                  ))}
                  <th scope="col">For calls</th>
                  <td />
                </tr>
              </thead>
              <tbody>
                {data?.map((price) => (
                  <PriceRow
                    key={price.id}
                    price={price}
                    onRemove={isAdmin ? () => setRemoving(price) : null}
                  />
                ))}
              </tbody>
            </table>
          </div>
        )}
        <p className={classes.note}>
          US dollars per million tokens.
          {!isAdmin && ' Only owners, and keys with the scope admin, set prices and reprice.'}
        </p>
      </section>
      <Reprice />
      {removing !== null && <Remove price={removing} onClose={() => setRemoving(null)} />}
    </>
  );
}

/** Models that were called and cost nothing that is known: one click from their price. */
function Unpriced({ asked }: { asked: string }) {
  const { data } = useQuery(unpricedQuery);
  if (data === undefined || data.length === 0) return null;
  return (
    <section className={classes.section} aria-label="Models without a price">
      <h2>Models without a price</h2>
      <p className={classes.note}>
        Called in the last 30 days, and left out of every cost:{' '}
        {data.slice(0, 20).map(({ model, traceCount }, i) => (
          <span key={model}>
            {i > 0 && ', '}
            <Link to={pricePath(model)} aria-current={model === asked ? 'true' : undefined}>
              <Data>{model}</Data>
            </Link>{' '}
            ({plural(traceCount, 'turn')})
          </span>
        ))}
        {data.length > 20 && `, and ${data.length - 20} more`}
      </p>
    </section>
  );
}

const day = (iso: string): string => iso.slice(0, iso.endsWith('T00:00:00.000Z') ? 10 : 16).replace('T', ' ');

function PriceRow({ price, onRemove }: { price: Price; onRemove: (() => void) | null }) {
  const { model, provider, validFrom, validTo } = price;
  const parts = [price.input, price.output, price.cachedRead, price.cacheWrite, price.reasoning];
  return (
    <tr>
      <th scope="row">
        <Data>{model}</Data>
      </th>
      <td data-head="Provider">{provider === null ? 'any' : <Data>{provider}</Data>}</td>
      {parts.map((dollars, i) => (
        <td
          key={i}
          className={classes.number}
          data-head={PARTS[i]}
          data-tip={dollars === null ? (i === 4 ? 'As output' : 'As input') : exactCost(dollars)}
        >
          {dollars === null ? '-' : formatCost(dollars)}
        </td>
      ))}
      <td data-head="For calls" data-tip={validFrom === null && validTo === null ? undefined : 'In UTC'}>
        {validFrom === null && validTo === null && 'at any time'}
        {validFrom !== null && `from ${day(validFrom)} `}
        {validTo !== null && `before ${day(validTo)}`}
      </td>
      <td>
        {onRemove !== null && (
          <button
            type="button"
            className={classes.quiet}
            aria-label={`Delete the price of ${visibleName(model)}`}
            onClick={onRemove}
          >
            Delete
          </button>
        )}
      </td>
    </tr>
  );
}

function Remove({ price, onClose }: { price: Price; onClose: () => void }) {
  const client = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => removePrice(price.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.prices });
      onClose();
    },
  });
  return (
    <Confirm
      title="Delete this price?"
      action="Delete the price"
      isPending={isPending}
      error={error}
      onClose={onClose}
      onConfirm={() => mutate()}
    >
      <p>
        <b>
          <Data>{price.model}</Data>
        </b>
      </p>
      <p>
        Calls that come in from now on cost what the price list says. Past ones keep their cost until they are
        repriced.
      </p>
    </Confirm>
  );
}
