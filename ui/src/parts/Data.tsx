import { visibleName } from '../model/visible';

/** A name, id or other short text of telemetry: kept in its own direction, with nothing in it that could deceive. */
export function Data({ children, className }: { children: string; className?: string | undefined }) {
  return <bdi className={className}>{visibleName(children)}</bdi>;
}
