import { formatAbsolute, formatDateTime, formatRelative, moment } from '../format/time';
import { useNow } from '../state/now';

/** `3 min ago`, with the absolute time and its zone on hover. */
export function Time({ iso, className }: { iso: string | null; className?: string | undefined }) {
  const now = useNow();
  const at = moment(iso);
  if (at === null) {
    return (
      <span className={className} data-tip="No time was sent.">
        -
      </span>
    );
  }
  return (
    <time className={className} dateTime={iso ?? undefined} data-tip={formatAbsolute(at)}>
      {formatRelative(at, now)}
    </time>
  );
}

/** `4 Dec 02:42`: when something ends, for which `in 6 d` would be too rough. */
export function Until({ iso }: { iso: string }) {
  const now = useNow();
  const at = moment(iso);
  if (at === null) return '-';
  return (
    <time dateTime={iso} data-tip={formatAbsolute(at)}>
      {formatDateTime(at, now)}
    </time>
  );
}
