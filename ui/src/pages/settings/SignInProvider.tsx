import { useQuery } from '@tanstack/react-query';

import { sentences } from '../../api/errors';
import { oidcQuery } from '../../api/peopleQueries';
import { Data } from '../../parts/Data';

import { Fact } from './Fact';
import classes from './Settings.module.css';

import type { OidcSettings } from '../../api/schema';

const SETTINGS = [
  'THREADLINE_OIDC_ISSUER=https://...',
  'THREADLINE_OIDC_CLIENT_ID=...',
  'THREADLINE_OIDC_CLIENT_SECRET=...',
].join('\n');

/** What signing in with OpenID Connect is set to; it is set where the server is started. */
export function SignInProvider() {
  const { data, error } = useQuery(oidcQuery);
  return (
    <section className={classes.section} aria-label="OpenID Connect">
      <h2>OpenID Connect</h2>
      {error !== null && (
        <p className={classes.failed} role="alert">
          Cannot tell what it is set to. {sentences(error)}
        </p>
      )}
      {data !== undefined && (
        <>
          <p className={classes.note}>
            {data.issuer === null
              ? 'Not set: people sign in with a password. To let them sign in at your identity provider, start the server with the settings below; they hold for all its projects.'
              : 'People sign in at your identity provider, or with a password. It is set where the server is started, for all its projects.'}{' '}
            Who comes from there needs an invitation, or an account with the address that the provider has
            verified.
          </p>
          {data.issuer === null && (
            <pre className={classes.commands} tabIndex={0} aria-label="Settings of OpenID Connect">
              {SETTINGS}
            </pre>
          )}
          <Facts oidc={data} />
        </>
      )}
    </section>
  );
}

function Facts({ oidc: { issuer, clientId, hasClientSecret, redirectAddress } }: { oidc: OidcSettings }) {
  return (
    <dl className={classes.facts}>
      {issuer !== null && (
        <>
          <Fact label="Provider" copy={issuer}>
            <Data>{issuer}</Data>
          </Fact>
          <Fact label="Client id">
            <Data>{clientId ?? '-'}</Data>
          </Fact>
          <Fact label="Client secret">{hasClientSecret ? 'set' : 'none: a public client'}</Fact>
        </>
      )}
      <Fact label="Redirect address" copy={redirectAddress}>
        <code>{redirectAddress}</code>
      </Fact>
    </dl>
  );
}
