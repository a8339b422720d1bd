import { access } from 'node:fs/promises'
import { default as PDFDocument } from 'pdfkit'
import { bytesOf } from '#ring/base/bytes.ts'
import { bytes, type Report, type ReportFile, verdictOf } from './report-data.ts'

const MARGIN = 40
const THUMBNAIL = { width: 96, height: 54 }
/** Fonts with more letters than the Latin ones of PDF itself; the first that is there. */
const FONTS = ['/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf', '/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf', '/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf']

type Pdf = InstanceType<typeof PDFDocument>

/** The report on A4 pages. Letters that no font of this machine has are shown as question marks. */
export async function reportPdf(report: Report): Promise<Uint8Array> {
  const font = await firstThere(FONTS)
  const pdf = new PDFDocument({ size: 'A4', margin: MARGIN, info: { Title: `${report.title}: offload report`, Creator: 'ThatDAM' } })
  const done = bytesOf(pdf as unknown as AsyncIterable<Uint8Array>)
  const words = font === undefined ? latin : (text: string): string => text
  pdf.font(font ?? 'Helvetica')
  head(pdf, report, words)
  for (const file of report.files) entry(pdf, file, words)
  pdf.end()
  return done
}

function head(pdf: Pdf, { title, lines, safe, totals, failures }: Report, words: (text: string) => string): void {
  pdf.fontSize(20).fillColor('#16191b').text(words(title)).moveDown(0.3)
  pdf.fontSize(11).fillColor(safe.safe ? '#1b7f3b' : '#b3261e').text(words(verdictOf(safe)))
  for (const reason of safe.reasons) pdf.fontSize(9).text(words(`- ${reason}`))
  pdf.moveDown(0.5).fillColor('#16191b').fontSize(9)
  for (const [label, value] of lines) pdf.text(words(`${label}: ${value.replaceAll('\n', ', ')}`))
  if (failures.length > 0) pdf.moveDown(0.5).fontSize(11).text('Not copied or not verified').fontSize(9)
  for (const { path, reason } of failures) pdf.text(words(`- ${path}: ${reason}`))
  pdf.moveDown(0.6).fontSize(12).text(words(totals)).moveDown(0.3)
}

function entry(pdf: Pdf, { path, size, hashes, sourceVerified, facts, thumbnail }: ReportFile, words: (text: string) => string): void {
  const height = Math.max(thumbnail === undefined ? 0 : THUMBNAIL.height, 26 + 10 * hashes.length) + 8
  if (pdf.y + height > pdf.page.height - MARGIN) pdf.addPage()
  const top = pdf.y
  const left = thumbnail === undefined || !draw(pdf, thumbnail, top) ? MARGIN : MARGIN + THUMBNAIL.width + 10
  const options = { width: pdf.page.width - MARGIN - left }
  pdf.fontSize(9).fillColor('#16191b').text(words(path), left, top, options)
  pdf.fontSize(8).fillColor('#566068').text(words([bytes(size), facts, sourceVerified ? 'card read twice' : ''].filter((part) => part !== '').join(' · ')), options)
  for (const [format, hash] of hashes) pdf.fontSize(6.5).text(words(`${format} ${hash}`), options)
  pdf.y = Math.max(pdf.y, left === MARGIN ? 0 : top + THUMBNAIL.height) + 6
  pdf.x = MARGIN
}

/** A picture that is none is left out. */
function draw(pdf: Pdf, thumbnail: Uint8Array, top: number): boolean {
  try {
    pdf.image(Buffer.from(thumbnail), MARGIN, top, { fit: [THUMBNAIL.width, THUMBNAIL.height] })
    return true
  } catch {
    return false
  }
}

const latin = (text: string): string => text.replaceAll('×', 'x').replace(/[^\n\x20-\x7e\xa0-\xff]/g, '?')

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await access(path).then(() => true, () => false)) return path
  return undefined
}
