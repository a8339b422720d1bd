/** The part of hls.js without subtitles, encryption and alternate sound; its types are the whole's. */
declare module 'hls.js/light' {
  export { default } from 'hls.js'
}
