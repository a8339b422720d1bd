/** The properties of XMP (ISO 16684-1, Adobe's XMP specification part 2, Lightroom's) that assets share with other programs. */
export const NAMESPACES: Readonly<Record<string, string>> = {
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#', x: 'adobe:ns:meta/', dc: 'http://purl.org/dc/elements/1.1/', xmp: 'http://ns.adobe.com/xap/1.0/',
  lr: 'http://ns.adobe.com/lightroom/1.0/', exif: 'http://ns.adobe.com/exif/1.0/'
}

/** Own fields under which an asset keeps what it has no mark for. */
export const CREATOR_FIELD = 'Creator'
/** `latitude, longitude` in degrees of WGS 84. */
export const GPS_FIELD = 'GPS'

/** Under this name an asset has found the SHA-256 of the sidecar beside its original that was read or written last. */
export const KNOWN_XMP = 'xmp'

export const PROPERTIES = ['dc:title', 'dc:description', 'dc:subject', 'dc:creator', 'dc:rights', 'xmp:Rating', 'xmp:Label', 'lr:hierarchicalSubject', 'exif:GPSLatitude', 'exif:GPSLongitude'] as const
export type Property = (typeof PROPERTIES)[number]

/** Longest sidecar that is read, in bytes. @default 4194304 */
export const MAX_XMP_BYTES = 4 * 1024 * 1024
