/** Files named so are what file systems and cameras leave behind, not footage. */
export const isJunkName = (name: string): boolean => name.startsWith('.') || JUNK.has(name.toLowerCase()) || /~$|\.(?:tmp|part|crdownload|lrv|ini|db)$/i.test(name)
const JUNK = new Set(['thumbs.db', 'desktop.ini', '$recycle.bin', 'system volume information', '__macosx', '@eadir', 'lost+found'])
