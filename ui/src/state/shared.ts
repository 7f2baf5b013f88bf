import { createContext, useContext } from 'react';

/** Whether the page is read by a link to one session: nothing can be changed, and nothing else can be opened. */
export const SharedContext = createContext(false);

export const useShared = (): boolean => useContext(SharedContext);
