import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** Kinds of findings that keep somebody from using a page. */
const GRAVE: readonly string[] = ['serious', 'critical']

interface Violation { id: string; impact: string; nodes: Array<{ target: string[]; failureSummary?: string }> }

/** What axe-core finds in a page, trifles aside, a line each: rule, element, why. */
export async function findings(page: Page, kinds: readonly string[] = ['moderate', ...GRAVE]): Promise<string[]> {
  await page.evaluate(`${AXE}; undefined`)
  const { violations } = await page.evaluate(`axe.run(document, { resultTypes: ['violations'] })`) as { violations: Violation[] }
  return violations.filter(({ impact }) => kinds.includes(impact)).flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => `${id}: ${target.join(' ')} - ${failureSummary.replace(/\s+/g, ' ').slice(0, 200)}`))
}

/** What of it is grave. */
export const graveFindings = (page: Page): Promise<string[]> => findings(page, GRAVE)
