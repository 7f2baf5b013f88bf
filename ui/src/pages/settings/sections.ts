import SendData from '../../parts/SendData';

import { AuditLog } from './AuditLog';
import { Boundaries } from './Boundaries';
import { Keys } from './Keys';
import { Masking } from './Masking';
import { OwnAccount } from './OwnAccount';
import { People } from './People';
import { Prices } from './Prices';
import { ProjectFacts } from './ProjectFacts';

import type { ComponentType } from 'react';

/** One row for each section of the settings; a section gets its row when it exists. */
export const SECTIONS: { path: string; label: string; Body: ComponentType }[] = [
  { path: '', label: 'Project', Body: ProjectFacts },
  { path: 'send', label: 'Sending data', Body: SendData },
  { path: 'keys', label: 'API keys', Body: Keys },
  { path: 'people', label: 'People', Body: People },
  { path: 'account', label: 'Your account', Body: OwnAccount },
  { path: 'prices', label: 'Prices', Body: Prices },
  { path: 'sessions', label: 'Sessions and retention', Body: Boundaries },
  { path: 'masking', label: 'Masking', Body: Masking },
  { path: 'audit', label: 'Audit log', Body: AuditLog },
];
