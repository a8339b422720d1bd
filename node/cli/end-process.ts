import { questionsUnderWay } from '../library/outside-disk.ts'
import { complain } from './output.ts'

/** With everything stopped. Node would wait for threads that wait for a share, for ever: then the process ends as by the signal that asks for it, which services take for a good end. */
export function endProcess(code: number): void {
  const left = questionsUnderWay()
  if (left === 0) process.exit(code)
  complain(`${left} ${left === 1 ? 'question' : 'questions'} to disks or shares that do not answer ${left === 1 ? 'is' : 'are'} left behind`)
  process.removeAllListeners('SIGTERM')
  process.kill(process.pid, 'SIGTERM')
}
