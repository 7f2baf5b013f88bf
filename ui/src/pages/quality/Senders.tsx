import { figure, unknown } from '../../format/figure';
import { formatCount, plural } from '../../format/numbers';
import { senderName } from '../../model/findings';
import { Data } from '../../parts/Data';
import { Num } from '../../parts/Num';
import { Time } from '../../parts/Time';

import { Table } from './Table';

import type { Quality } from '../../api/schema';

const HEADS = ['Sender', 'Spans', 'Traces', 'Model calls', 'In a session', 'Last seen'];

/** Who sends what: service, library and dialect, with how much of it can be used. */
export function Senders({ report }: { report: Quality }) {
  return (
    <section aria-label="Who sends what">
      <h2>Who sends what</h2>
      <Table
        label="Senders"
        heads={HEADS}
        rows={report.senders.map((sender) => ({
          key: senderName(sender),
          cells: [
            <Data key="name">{senderName(sender)}</Data>,
            formatCount(sender.spanCount),
            formatCount(sender.traceCount),
            <Num
              key="calls"
              figure={
                sender.generationCount > 0
                  ? figure(formatCount(sender.generationCount), plural(sender.generationCount, 'model call'))
                  : unknown('None of its spans is a model call: it may not be worth sending here.')
              }
            />,
            <Num
              key="named"
              figure={figure(
                formatCount(sender.withSessionCount),
                `${plural(sender.withSessionCount, 'span')} of ${formatCount(sender.spanCount)} name a session`,
              )}
            />,
            <Time key="last" iso={sender.lastSeen} />,
          ],
        }))}
      />
    </section>
  );
}
