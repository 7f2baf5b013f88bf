import './styles/mantine';
import './styles/tokens.css';
import './styles/global.css';

import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { queryClient } from './api/queryClient';
import { App } from './App';
import { askAhead } from './pages/ahead';
import { theme, variables } from './theme';

const schemes = localStorageColorSchemeManager({ key: 'threadline-color-scheme' });

// Before the first paint, as an inline script would do it where the content security policy allowed one.
const wanted = schemes.get('auto');
const dark =
  wanted === 'dark' || (wanted === 'auto' && window.matchMedia('(prefers-color-scheme: dark)').matches);
document.documentElement.dataset.mantineColorScheme = dark ? 'dark' : 'light';

askAhead(window.location);

const root = document.getElementById('root');
if (root === null) throw new Error('BUG: the page has no root element');
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      colorSchemeManager={schemes}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
