const PATHS = {
  live: 'M4 7.5h10a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2v-5a2 2 0 0 1 2-2zM16 11l5.5-3v8L16 13',
  library: 'M3.5 4.5h7v7h-7zM13.5 4.5h7v7h-7zM3.5 14.5h7v5h-7zM13.5 14.5h7v5h-7z',
  recordings: 'M2.5 12h3l2-6 3.5 13 3.5-10 2 3h5',
  ring: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z',
  card: 'M6 3.5h8.5L18 7v13.5H6zM9 3.5v4M12 3.5v4M9.5 13l2 2 3.5-3.5',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 21 21',
  sound: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a7.5 7.5 0 0 1 0 11',
  muted: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5',
  full: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  close: 'M6 6l12 12M18 6 6 18',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  upload: 'M12 16V4M7 9l5-5 5 5M4 16v4h16v-4',
  folder: 'M3 6.5h6l2 2.5h10v10H3z',
  download: 'M12 4v12M7 11l5 5 5-5M4 20h16',
  trash: 'M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5.5M14 11v5.5',
  grip: 'M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01',
  choose: 'M4 6.5h.01M4 12h.01M4 17.5h.01M8.5 6.5H20M8.5 12H20M8.5 17.5H20',
  fast: 'M13 3 5 14h6l-1 7 8-11h-6z',
  statistics: 'M4 20V10M9.5 20V4M15 20v-7M20.5 20V8',
  overlays: 'M12 4 21 9l-9 5-9-5zM4.5 13 12 17.2 19.5 13M4.5 16.5 12 20.7l7.5-4.2',
  up: 'M5 14.5 12 8l7 6.5',
  down: 'M5 9.5 12 16l7-6.5',
  left: 'M14.5 5 8 12l6.5 7',
  right: 'M9.5 5 16 12l-6.5 7',
  play: 'M7 4.5v15l12-7.5z',
  pause: 'M8 5v14M16 5v14',
  back5: 'M11 7 6 12l5 5M18 7l-5 5 5 5',
  ahead5: 'M13 7l5 5-5 5M6 7l5 5-5 5',
  turn: 'M5 9a7.5 7.5 0 0 1 13-2l2 2M20 4.5V9h-4.5M19 15a7.5 7.5 0 0 1-13 2l-2-2M4 19.5V15h4.5',
  video: 'M3.5 5.5h17v13h-17zM10 9v6l5-3z',
  audio: 'M9 18V5.5l11-2V16M9 18a3 3 0 1 1-3-3 3 3 0 0 1 3 3zM20 16a3 3 0 1 1-3-3 3 3 0 0 1 3 3z',
  image: 'M3.5 5h17v14h-17zM4 17l5-5 4 4 3-3 4 4M15.5 9.5h.01',
  alert: 'M12 4 2.5 20h19zM12 10v4.5M12 17.3v.2',
  check: 'M5 12.5 10 17.5 19.5 7',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4.2 4.2 0 0 0-6-6l-1.2 1.2M14 10a4 4 0 0 0-6-.4l-3 3a4.2 4.2 0 0 0 6 6l1.2-1.2',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  server: 'M4 4.5h16v6H4zM4 13.5h16v6H4zM7.5 7.5h.01M7.5 16.5h.01',
  people: 'M9 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 20a6.5 6.5 0 0 1 13 0M16 5a3.2 3.2 0 0 1 0 6.2M17.5 14.2a6 6 0 0 1 4 5.8',
  settings: 'M3.5 6.5h8.8M17.7 6.5h2.8M3.5 12h2.8M11.7 12h8.8M3.5 17.5h8.8M17.7 17.5h2.8M15 3.8a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4zM9 9.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4zM15 14.8a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4z',
  help: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM9.7 9.6a2.4 2.4 0 1 1 3.4 2.2c-.8.4-1.1.9-1.1 1.9M12 16.6v.1'
} as const

/** Names of the line icons the pages use. */
export type IconName = keyof typeof PATHS

/** One line icon, drawn in the colour of the text around it; decoration only, so the words beside it carry the meaning. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon-glyph" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
