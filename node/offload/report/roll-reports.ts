import type { Ring } from '#ring'
import type { Rolls } from '../rolls/rolls.ts'
import type { Roll } from '../rolls/roll-record.ts'
import { gatherReport, type Report } from './report-data.ts'
import { reportHtml } from './report-html.ts'

/** Reports of rolls, as they are now. */
export interface RollReports {
  html(roll: Roll): Promise<Uint8Array>
  pdf(roll: Roll): Promise<Uint8Array>
}

export function createRollReports({ ring, rolls }: { ring: Pick<Ring, 'blobs' | 'catalog'>; rolls: Pick<Rolls, 'files' | 'safe'> }): RollReports {
  const gather = async (roll: Roll): Promise<Report> => gatherReport(ring, roll, await rolls.files(roll), await rolls.safe(roll), Date.now())
  return {
    html: async (roll) => reportHtml(await gather(roll)),
    async pdf(roll) {
      const { reportPdf } = await import('./report-pdf.ts') // its library is large, and seldom needed
      return reportPdf(await gather(roll))
    }
  }
}
