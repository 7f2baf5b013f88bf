import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { qualityQuery } from '../../api/qualityQueries';
import { formatAbsolute, formatDateTime, moment } from '../../format/time';
import { wellOf } from '../../model/findings';
import { ErrorState } from '../../parts/ErrorState';
import { Icon } from '../../parts/Icon';
import { DEFAULT_STATE, listSearch, parseListState, type Range } from '../../state/listState';
import { navigate, useAddress } from '../../state/location';
import { useNow } from '../../state/now';
import { useTitle } from '../../state/title';
import { RangeMenu } from '../../parts/filters/RangeMenu';
import toolbar from '../../parts/filters/Toolbar.module.css';

import { FindingCard } from './FindingCard';
import { Senders } from './Senders';
import classes from './Quality.module.css';

import type { Quality } from '../../api/schema';

const USUAL: Range = { kind: 'last', preset: '24h' };

function rangeOf(search: string): Range {
  const { range } = parseListState(search);
  return range.kind === 'all' ? USUAL : range;
}

/** What is wrong with the data that came in: each fault with its advice, and what is behind it. */
export default function QualityPage() {
  useTitle('Data quality');
  const { search } = useAddress();
  const range = useMemo(() => rangeOf(search), [search]);
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery(qualityQuery(range));
  return (
    <div className={classes.page}>
      <div className={toolbar.toolbar}>
        <h1 className={toolbar.title}>Data quality</h1>
        <div className={toolbar.filters} role="group" aria-label="Filters">
          <RangeMenu
            range={range}
            onChange={(next) => navigate(`/quality${listSearch({ ...DEFAULT_STATE, range: next })}`)}
          />
        </div>
      </div>
      {data === undefined ? (
        error !== null && (
          <ErrorState what="Cannot report on the data" error={error} onRetry={() => void refetch()} />
        )
      ) : (
        <div className={classes.body} aria-busy={isFetching} data-stale={isPlaceholderData || undefined}>
          <Report report={data} />
        </div>
      )}
    </div>
  );
}

function Report({ report }: { report: Quality }) {
  const now = useNow();
  const faults = report.findings.filter(({ state }) => state !== 'ok');
  const fine = report.findings.filter(({ state }) => state === 'ok');
  const said = (iso: string): string => formatDateTime(moment(iso) ?? 0, now);
  return (
    <>
      <p className={classes.note}>
        <span
          data-tip={`${formatAbsolute(moment(report.from) ?? 0)}\nto ${formatAbsolute(moment(report.to) ?? 0)}`}
        >
          {said(report.from)} to {said(report.to)}
        </span>
        .{report.isSampled && ' Of what arrived, the newest 100,000 spans were looked at.'}
      </p>
      {faults.length === 0 && report.spanCount > 0 && (
        <p className={classes.allWell}>
          <Icon name="check" size={15} /> Nothing is wrong with what came in.
        </p>
      )}
      {[...faults, ...fine].map((finding) => (
        <FindingCard key={finding.code} finding={finding} report={report} />
      ))}
      {report.spanCount > 0 && (
        <section aria-label="What is well">
          <h2>What is well</h2>
          <ul className={classes.well}>
            {wellOf(report.findings).map((text) => (
              <li key={text}>
                <Icon name="check" size={13} /> {text}
              </li>
            ))}
          </ul>
        </section>
      )}
      {report.senders.length > 0 && <Senders report={report} />}
    </>
  );
}
