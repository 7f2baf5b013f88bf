import { CopyButton } from '../../parts/CopyButton';

import type { ReactNode } from 'react';

/** One row of a list of facts, which can be copied where `copy` is given. */
export function Fact({ label, copy, children }: { label: string; copy?: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>
        {children}
        {copy !== undefined && <CopyButton text={copy} label={`Copy the ${label.toLowerCase()}`} />}
      </dd>
    </>
  );
}
