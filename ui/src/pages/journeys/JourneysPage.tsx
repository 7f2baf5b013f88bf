import { useMemo } from 'react';

import { useAddress } from '../../state/location';
import { useTitle } from '../../state/title';

import { FunnelView } from './FunnelView';
import { parseChosen, parseFunnel, parseJourney } from './journeyState';
import { JourneyView } from './JourneyView';

/** How sessions go from step to step, and how many take steps in an order that matters. */
export default function JourneysPage({ view }: { view: 'journeys' | 'funnels' }) {
  useTitle(view === 'journeys' ? 'Journeys' : 'Funnels');
  const { search } = useAddress();
  const state = useMemo(() => parseChosen(search), [search]);
  const journey = useMemo(() => parseJourney(search), [search]);
  const funnel = useMemo(() => parseFunnel(search), [search]);
  return view === 'journeys' ? (
    <JourneyView state={state} ask={journey} />
  ) : (
    <FunnelView state={state} ask={funnel} />
  );
}
