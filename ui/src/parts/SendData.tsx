import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type KeyboardEvent } from 'react';

import { sentences } from '../api/errors';
import { addKey } from '../api/projectQueries';
import { meQuery } from '../api/queries';
import { filled, SETUPS, type Setup } from '../model/setups';

import { CopyButton } from './CopyButton';
import { SecretOnce } from './SecretOnce';
import classes from './SendData.module.css';

const PLACEHOLDER = 'pk_...';

/** What brings data, library by library: to be copied with the real address, and with a key where one was just made. */
export default function SendData() {
  const { data: me } = useQuery(meQuery);
  const [chosen, setChosen] = useState(SETUPS[0]?.id);
  const key = useMutation({
    mutationFn: () => addKey({ name: 'getting started', scopes: ['ingest'], expiresAt: null }),
  });
  const setup = SETUPS.find(({ id }) => id === chosen);
  const target = {
    address: window.location.origin,
    key: key.data?.apiKey ?? PLACEHOLDER,
    project: me?.project.name ?? 'default',
  };
  return (
    <div className={classes.setup}>
      {key.data !== undefined ? (
        <SecretOnce what="API key" secret={key.data.apiKey}>
          This key can only send. It stands in the texts below; keep it, for it is shown this once.
        </SecretOnce>
      ) : (
        me !== undefined && (
          <p className={classes.key}>
            {me.scopes.includes('admin') ? (
              <>
                <Button variant="default" loading={key.isPending} onClick={() => key.mutate()}>
                  Make a key to send with
                </Button>
                <span>or put one that you have in place of {PLACEHOLDER}</span>
              </>
            ) : (
              <span>
                Put a key with the scope ingest in place of {PLACEHOLDER}: an owner of the project makes one.
              </span>
            )}
          </p>
        )
      )}
      {key.error !== null && (
        <p className={classes.failed} role="alert">
          {sentences(key.error)}
        </p>
      )}
      <Libraries chosen={chosen} onChoose={setChosen} />
      {setup !== undefined && (
        <div id="setup" role="tabpanel" aria-labelledby={`setup-${setup.id}`} className={classes.blocks}>
          <Blocks setup={setup} target={target} />
        </div>
      )}
    </div>
  );
}

function Libraries({ chosen, onChoose }: { chosen: string | undefined; onChoose: (id: string) => void }) {
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const at = SETUPS.findIndex(({ id }) => id === chosen);
    const next = SETUPS[(at + by + SETUPS.length) % SETUPS.length];
    if (by === 0 || next === undefined) return;
    event.preventDefault();
    onChoose(next.id);
    document.getElementById(`setup-${next.id}`)?.focus();
  };
  return (
    <div role="tablist" aria-label="What the program uses" className={classes.tabs} onKeyDown={onKeyDown}>
      {SETUPS.map(({ id, label }) => (
        <button
          key={id}
          id={`setup-${id}`}
          type="button"
          role="tab"
          aria-selected={id === chosen}
          aria-controls="setup"
          tabIndex={id === chosen ? 0 : -1}
          onClick={() => onChoose(id)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

function Blocks({ setup, target }: { setup: Setup; target: Parameters<typeof filled>[1] }) {
  return setup.blocks.map(({ title, text }) => {
    const shown = filled(text, target);
    return (
      <section key={title}>
        <header>
          <span>{title}</span>
          <CopyButton text={shown} label={`Copy: ${title.toLowerCase()}`} />
        </header>
        <pre tabIndex={0} aria-label={title}>
          {shown}
        </pre>
      </section>
    );
  });
}
