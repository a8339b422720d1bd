import { readFile } from 'node:fs/promises'

const PAGE_BYTES = 4_096

/** Memory a process holds, in bytes; 0 where that can not be seen (Linux only). */
export async function residentBytes(pid: number | undefined): Promise<number> {
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
  return Number(statm.split(' ')[1] ?? 0) * PAGE_BYTES
}
