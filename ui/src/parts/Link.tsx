import { navigate } from '../state/location';
import { useShared } from '../state/shared';

import type { AnchorHTMLAttributes, MouseEvent, Ref } from 'react';

type Props = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> & {
  to: string;
  ref?: Ref<HTMLAnchorElement>;
};

/** A link inside the dashboard: a real address, so that a new tab, copying and middle click work. */
export function Link({ to, onClick, ...rest }: Props) {
  // Read by a link to one session there is nowhere else to go: what would lead there is its text.
  if (useShared()) return <span className={rest.className}>{rest.children}</span>;
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return <a href={to} onClick={follow} {...rest} />;
}
