const PATHS = {
  sessions: 'M2.5 4h11M2.5 8h7M2.5 12h9',
  analytics: 'M2.5 13.5h11M4.5 11V8M8 11V3.5M11.5 11V6',
  journeys: 'M2.5 4h3c3 0 2.5 8 5.5 8h2.5M2.5 12h3c1.2 0 1.8-1.2 2.2-2.6M9 6.2C9.4 4.9 10 4 11 4h2.5',
  users:
    'M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.5 2.8a2.3 2.3 0 0 1 0 4.4M12 9.8c1.5.6 2.5 1.9 2.5 3.7',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.4 10.4l3.1 3.1',
  plus: 'M8 3v10M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  down: 'M4 6l4 4 4-4',
  up: 'M4 10l4-4 4 4',
  right: 'M6 4l4 4-4 4',
  left: 'M10 4L6 8l4 4',
  arrowUp: 'M8 13V3.5M4 7l4-4 4 4',
  arrowDown: 'M8 3v9.5M4 9l4 4 4-4',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.7V8l2.2 1.6',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  check: 'M3 8.5l3.2 3.2L13 5',
  link: 'M6.7 9.3l2.6-2.6M7.2 4.6l1.3-1.3a2.9 2.9 0 0 1 4.2 4.2l-1.3 1.3M8.8 11.4l-1.3 1.3a2.9 2.9 0 0 1-4.2-4.2l1.3-1.3',
  external: 'M6.5 3.5h-3v9h9v-3M9.5 2.5h4v4M13.3 2.7L7.5 8.5',
  download: 'M8 2.5v7.5M4.7 7L8 10.3 11.3 7M2.5 13.5h11',
  warn: 'M8 2.2l6.3 11.3H1.7zM8 6.5v3.2M8 11.6v.1',
  sun: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  moon: 'M13.3 9.6A5.7 5.7 0 0 1 6.4 2.7a5.7 5.7 0 1 0 6.9 6.9Z',
  screen: 'M2 3h12v8H2zM6 13.5h4M8 11v2.5',
  signOut: 'M9.5 3H3v10h6.5M6.5 8h7M11 5.5L13.5 8 11 10.5',
  keyboard: 'M1.5 4h13v8h-13zM4 6.7h.1M6.7 6.7h.1M9.3 6.7h.1M12 6.7h.1M4.5 9.4h7',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  tool: 'M5.5 3.5H3v9h2.5M10.5 3.5H13v9h-2.5M6 8h4M8.3 6L10.3 8l-2 2',
  pencil: 'M3 13l.6-2.7 7.6-7.6 2.1 2.1-7.6 7.6zM9.8 4.1l2.1 2.1',
  star: 'M8 2.3l1.8 3.6 4 .6-2.9 2.8.7 4L8 11.4l-3.6 1.9.7-4L2.2 6.5l4-.6z',
  more: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  play: 'M5 3.2v9.6L12.6 8z',
  pause: 'M5.3 3.5v9M10.7 3.5v9',
  next: 'M4 3.5v9L10 8zM12 3.5v9',
  previous: 'M12 3.5v9L6 8zM4 3.5v9',
  trash: 'M3 4.5h10M6.3 4.5V3h3.4v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5',
  system: 'M3 3.5h10v9H3zM5.5 6.5h5M5.5 9.5h3',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  bookmark: 'M4 2.5h8v11L8 10.6 4 13.5z',
  share: 'M8 9.5v-7M5.2 5L8 2.2 10.8 5M4 7.5H3v6h10v-6h-1',
  bell: 'M4 11V7.2a4 4 0 0 1 8 0V11l1.2 1.3H2.8zM6.7 14h2.6',
  settings: 'M2.5 4.5h5M11 4.5h2.5M2.5 11.5h2.5M8.5 11.5h5M9.3 2.8v3.4M6.8 9.8v3.4',
  traces: 'M2.5 3.5h6M5 8h6M8.5 12.5h5M2.5 3.5v9h3.5M2.5 8H5',
  quality: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM5.8 8l1.6 1.6 3-3',
  compare: 'M2.5 3h4.5v10H2.5zM9 3h4.5v10H9z',
  command: 'M3 4.5L6.5 8 3 11.5M8.5 12h4.5',
  tag: 'M2.5 2.5h5l6 6-5 5-6-6zM5.3 5.3h.1',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration only: what it stands for is said by the control around it. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      style={{ flex: 'none', display: 'block' }}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
