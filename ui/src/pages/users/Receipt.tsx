import { useQuery } from '@tanstack/react-query';

import { sentences } from '../../api/errors';
import { erasureQuery } from '../../api/userQueries';
import { formatAbsolute, moment } from '../../format/time';
import { plural } from '../../format/numbers';
import { CopyButton } from '../../parts/CopyButton';
import { Icon } from '../../parts/Icon';

import classes from './Users.module.css';

const said = (iso: string | null): string => {
  const at = moment(iso);
  return at === null ? '' : formatAbsolute(at);
};

/** What an erasure took, as proof: without the id, which is not kept. */
export function Receipt({ id, onDismiss }: { id: string; onDismiss: () => void }) {
  const { data: receipt, error } = useQuery(erasureQuery(id));
  return (
    <section className={classes.receipt} aria-label="Receipt of the erasure" role="status">
      <header>
        <Icon name="check" size={14} />
        <h2>The user is erased</h2>
        <CopyButton
          text={() => JSON.stringify(receipt ?? { id }, null, 2)}
          label="Copy the receipt as JSON"
        />
        <button type="button" aria-label="Dismiss the receipt" onClick={onDismiss}>
          <Icon name="close" size={13} />
        </button>
      </header>
      {receipt === undefined ? (
        <p>{error === null ? 'Reading the receipt' : `Cannot read the receipt: ${sentences(error)}`}</p>
      ) : (
        <>
          <p>
            {plural(receipt.sessionCount, 'session')}, {plural(receipt.traceCount, 'turn')} and{' '}
            {plural(receipt.spanCount, 'step')} are gone from every list, number and export since{' '}
            {said(receipt.erasedAt)}.{' '}
            {receipt.deletedAt === null
              ? 'Their rows are being deleted.'
              : `Their rows were deleted at ${said(receipt.deletedAt)}.`}
          </p>
          <p className={classes.note}>
            Receipt <code>{receipt.id}</code>
            {receipt.digest !== null && (
              <>
                , digest of the id <code>{receipt.digest}</code>
              </>
            )}
          </p>
        </>
      )}
    </section>
  );
}
