import { useEffect, useRef } from 'react';

import classes from './SessionTable.module.css';

interface Props {
  label: string;
  checked: boolean;
  isSome?: boolean;
  onToggle: (toHere: boolean) => void;
}

/** A checkbox that tells whether shift was held; the whole height of its row takes the click. */
export function SelectBox({ label, checked, isSome = false, onToggle }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const shift = useRef(false);
  useEffect(() => {
    if (input.current !== null) input.current.indeterminate = isSome && !checked;
  }, [isSome, checked]);
  return (
    <label className={classes.select} onClick={(event) => (shift.current = event.shiftKey)}>
      <span className="vh">{label}</span>
      <input ref={input} type="checkbox" checked={checked} onChange={() => onToggle(shift.current)} />
    </label>
  );
}
