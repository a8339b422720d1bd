import { sep } from 'node:path'

/** Whether an absolute path is the folder or lies in it; both without links and dots. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}
