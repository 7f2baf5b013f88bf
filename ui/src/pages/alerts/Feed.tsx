import { Button } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { acknowledge, alertsQuery, rulesQuery } from '../../api/alertQueries';
import { sentences } from '../../api/errors';
import { meQuery } from '../../api/queries';
import { exactValue, formatValue, metricLabel, unitOfAlert } from '../../model/alertRule';
import { plural } from '../../format/numbers';
import { visibleName } from '../../model/visible';
import { Data } from '../../parts/Data';
import { ErrorState } from '../../parts/ErrorState';
import { Link } from '../../parts/Link';
import { Time } from '../../parts/Time';
import { navigate, useAddress } from '../../state/location';
import { sessionPath } from '../../state/routes';
import settings from '../settings/Settings.module.css';

import classes from './Alerts.module.css';

import type { Params } from '../../api/client';
import type { Alert } from '../../api/schema';

const SHOWN = [
  { state: '', label: 'All', params: [] },
  { state: 'new', label: 'New', params: [['acknowledged', 'false']] },
  { state: 'firing', label: 'Firing now', params: [['state', 'firing']] },
] as const satisfies { state: string; label: string; params: Params }[];

/** What rules found, the newest first, each with a door to its session. */
export function Feed() {
  const { search } = useAddress();
  const query = new URLSearchParams(search);
  const shown = SHOWN.find(({ state }) => state === (query.get('state') ?? '')) ?? SHOWN[0];
  const rule = query.get('rule');
  const params: Params = [...shown.params, ...(rule === null ? [] : [['ruleId', rule] as const])];
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetching } = useInfiniteQuery(
    alertsQuery(params),
  );
  const { data: rules } = useQuery(rulesQuery);
  const canSee = useQuery(meQuery).data?.scopes.includes('ingest') === true;
  const seeing = useSeeing();
  const alerts = data?.pages.flatMap((page) => page.data) ?? [];
  const unseen = alerts.filter(({ acknowledgedAt }) => acknowledgedAt === null);
  const go = (state: string): void => {
    const next = new URLSearchParams(state === '' ? {} : { state });
    if (rule !== null) next.set('rule', rule);
    navigate(`/alerts${next.size === 0 ? '' : `?${next}`}`);
  };
  if (data === undefined && error !== null)
    return <ErrorState what="Cannot list the alerts" error={error} onRetry={() => void refetch()} />;
  return (
    <section className={settings.section} aria-label="What fired" aria-busy={isFetching}>
      <div className={classes.filters}>
        {SHOWN.map(({ state, label }) => (
          <button
            key={state}
            type="button"
            className={classes.pill}
            aria-pressed={state === shown.state}
            onClick={() => go(state)}
          >
            {label}
          </button>
        ))}
        {rule !== null && (
          <Link to="/alerts" className={settings.door} aria-label="Alerts of every rule">
            of <Data>{rules?.find(({ id }) => String(id) === rule)?.name ?? `rule ${rule}`}</Data> ×
          </Link>
        )}
        <span>
          {canSee && unseen.length > 1 && (
            <Button
              variant="default"
              size="compact-xs"
              loading={seeing.isPending}
              onClick={() => seeing.mutate(unseen)}
            >
              Mark these {unseen.length} as seen
            </Button>
          )}
        </span>
      </div>
      {seeing.error !== null && (
        <p className={settings.failed} role="alert">
          {sentences(seeing.error)}
        </p>
      )}
      {data !== undefined && alerts.length === 0 && (
        <Nothing isNarrowed={params.length > 0} hasRules={rules?.length !== 0} />
      )}
      <ul className={classes.feed} aria-label="Alerts">
        {alerts.map((alert) => (
          <Row key={alert.id} alert={alert} onSee={canSee ? () => seeing.mutate([alert]) : null} />
        ))}
      </ul>
      {hasNextPage && (
        <div>
          <Button variant="default" loading={isFetching} onClick={() => void fetchNextPage()}>
            Show older
          </Button>
        </div>
      )}
    </section>
  );
}

function useSeeing() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (alerts: readonly Alert[]) => {
      for (const { id } of alerts) await acknowledge(id);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['alerts'] }),
  });
}

function Nothing({ isNarrowed, hasRules }: { isNarrowed: boolean; hasRules: boolean }) {
  return (
    <p className={settings.note}>
      {isNarrowed ? 'No alert is like this. ' : 'Nothing has fired. '}
      {!hasRules && !isNarrowed && (
        <>
          There is no rule yet: <Link to="/alerts?view=rules">make one</Link> that tells when a session costs
          too much, fails, or calls the same tool again and again.
        </>
      )}
    </p>
  );
}

const DELIVERY: Record<Alert['delivery'], { text: string; tip: string } | null> = {
  none: null,
  waiting: {
    text: 'webhook not told yet',
    tip: 'It is tried again, at first after 5 seconds and later each hour, for a day.',
  },
  delivered: { text: 'webhook told', tip: 'It answered that it has it.' },
  failed: { text: 'webhook never answered', tip: 'It was tried for a day. Send a test from the rule.' },
};

function Row({ alert, onSee }: { alert: Alert; onSee: (() => void) | null }) {
  const { rule, sessionId, metric, value, threshold, state, firedAt, clearedAt, acknowledgedAt } = alert;
  const unit = unitOfAlert(metric, sessionId);
  const delivery = DELIVERY[alert.delivery];
  const isFiring = state === 'firing';
  return (
    <li className={classes.alert} data-seen={acknowledgedAt !== null || undefined}>
      <span
        className={classes.dot}
        data-firing={isFiring || undefined}
        role="img"
        aria-label={isFiring ? 'Firing' : 'Cleared'}
        data-tip={isFiring ? 'It still holds' : 'It holds no longer'}
      />
      <div>
        <Data className={classes.rule}>{rule.name}</Data>
        <div className={classes.what}>
          <span
            data-tip={`${exactValue(unit, value)} when it fired, the limit is ${exactValue(unit, threshold)}`}
          >
            {metricLabel(metric, sessionId)} {formatValue(unit, value)}, limit {formatValue(unit, threshold)}
          </span>
          {sessionId !== null && (
            <Link to={sessionPath(sessionId)} aria-label={`Session ${visibleName(sessionId)}`}>
              <Data>{sessionId}</Data>
            </Link>
          )}
          <span>
            fired <Time iso={firedAt} />
            {clearedAt !== null && (
              <>
                , cleared <Time iso={clearedAt} />
              </>
            )}
          </span>
          {delivery !== null && (
            <span data-tip={delivery.tip}>
              {delivery.text}
              {alert.deliveryTries > 0 && (
                <>
                  , tried {plural(alert.deliveryTries, 'time')}, next <Time iso={alert.nextTryAt} />
                </>
              )}
            </span>
          )}
        </div>
      </div>
      <div>
        {acknowledgedAt !== null ? (
          <span className={settings.note}>
            seen <Time iso={acknowledgedAt} />
          </span>
        ) : (
          onSee !== null && (
            <Button
              variant="default"
              size="compact-xs"
              aria-label={`Mark ${visibleName(rule.name)} as seen`}
              onClick={onSee}
            >
              Seen
            </Button>
          )
        )}
      </div>
    </li>
  );
}
