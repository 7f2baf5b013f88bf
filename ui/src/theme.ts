import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const thread: MantineColorsTuple = [
  '#eeeefd',
  '#dddcfb',
  '#c7c6f8',
  '#a3a2fb',
  '#8886f6',
  '#6f6cf3',
  '#4f46e5',
  '#4338ca',
  '#3730a3',
  '#312e81',
];

export const theme = createTheme({
  // Mantine paints the dark scheme with these ten; they are our own greys.
  colors: {
    thread,
    dark: [
      '#e9eaec',
      '#c3c6cc',
      '#a6aab2',
      '#868a93',
      '#34373c',
      '#222427',
      '#17191b',
      '#111214',
      '#0b0c0d',
      '#070708',
    ],
  },
  primaryColor: 'thread',
  primaryShade: { light: 6, dark: 6 },
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  defaultRadius: 'var(--radius)',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs' } },
    TextInput: { defaultProps: { size: 'xs' } },
    NativeSelect: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'sm' } },
    Menu: {
      defaultProps: {
        transitionProps: { duration: 90 },
        shadow: 'none',
        position: 'bottom-start',
        offset: 4,
      },
    },
    Popover: {
      defaultProps: {
        transitionProps: { duration: 90 },
        shadow: 'none',
        position: 'bottom-start',
        offset: 4,
      },
    },
    Modal: {
      defaultProps: { transitionProps: { duration: 120 }, overlayProps: { backgroundOpacity: 0.35 } },
    },
    Drawer: {
      defaultProps: { transitionProps: { duration: 120 }, overlayProps: { backgroundOpacity: 0.35 } },
    },
  },
});

/** Mantine's own colours follow our tokens, in both schemes. */
export const variables: CSSVariablesResolver = () => {
  const ours = {
    '--mantine-color-body': 'var(--bg-float)',
    '--mantine-color-text': 'var(--text)',
    '--mantine-color-dimmed': 'var(--text-2)',
    '--mantine-color-placeholder': 'var(--text-3)',
    '--mantine-color-default': 'var(--bg)',
    '--mantine-color-default-hover': 'var(--bg-hover)',
    '--mantine-color-default-color': 'var(--text)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-error': 'var(--danger)',
    '--mantine-color-anchor': 'var(--accent-text)',
  };
  return { variables: {}, light: ours, dark: ours };
};
