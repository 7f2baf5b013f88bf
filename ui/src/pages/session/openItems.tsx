import { createContext, useCallback, useContext, useState, type ReactNode } from 'react';

const Store = createContext<Map<string, boolean>>(new Map());
const Unfolded = createContext(false);

/** Remembers what was unfolded: rows of a virtual list forget everything when they leave the screen. */
export function OpenItems({ children }: { children: ReactNode }) {
  const [store] = useState(() => new Map<string, boolean>());
  return <Store value={store}>{children}</Store>;
}

/** On paper nothing can be clicked: everything is unfolded from the beginning. */
export function AllOpen({ children }: { children: ReactNode }) {
  return (
    <OpenItems>
      <Unfolded value={true}>{children}</Unfolded>
    </OpenItems>
  );
}

export function useOpen(key: string, initially = false): [boolean, (open: boolean) => void] {
  const store = useContext(Store);
  const unfolded = useContext(Unfolded);
  const [open, setOpen] = useState(store.get(key) ?? (initially || unfolded));
  const change = useCallback(
    (next: boolean) => {
      store.set(key, next);
      setOpen(next);
    },
    [store, key],
  );
  return [open, change];
}
