import { bytes, type Report, type ReportFile, verdictOf } from './report-data.ts'

const STYLE = `@page { size: A4; margin: 14mm; }
body { font: 13px/1.45 system-ui, sans-serif; color: #16191b; background: #fff; margin: 24px auto; max-width: 960px; padding: 0 16px; }
h1 { font-size: 26px; margin: 0 0 8px; } h2 { font-size: 16px; margin: 24px 0 8px; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; vertical-align: top; padding: 3px 12px 3px 0; white-space: nowrap; }
td { vertical-align: top; padding: 3px 0; overflow-wrap: anywhere; white-space: pre-line; }
.verdict { border: 2px solid #b3261e; padding: 10px 14px; border-radius: 6px; font-weight: 600; } .verdict.safe { border-color: #1b7f3b; }
.verdict ul { font-weight: 400; margin: 6px 0 0; padding-left: 18px; }
.file { display: grid; grid-template-columns: 128px 1fr; gap: 12px; border-top: 1px solid #d4dade; padding: 8px 0; break-inside: avoid; }
.file.plain { grid-template-columns: 1fr; } .file img { width: 128px; height: auto; display: block; }
.path { font-weight: 600; overflow-wrap: anywhere; } .dim { color: #566068; } code { font: 11px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; display: block; }`

/** One file for ever: no scripts, nothing fetched, made to be printed. */
export function reportHtml({ title, lines, safe, totals, failures, files }: Report): Uint8Array {
  const rows = lines.map(([label, value]) => `<tr><th scope="row">${text(label)}</th><td>${text(value)}</td></tr>`).join('')
  const wrong = failures.length === 0 ? '' : `<h2>Not copied or not verified</h2><ul>${failures.map(({ path, reason }) => `<li><span class="path">${text(path)}</span>: ${text(reason)}</li>`).join('')}</ul>`
  return Buffer.from(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${text(title)}: offload report</title><style>${STYLE}</style></head>
<body><h1>${text(title)}</h1><div class="verdict${safe.safe ? ' safe' : ''}">${text(verdictOf(safe))}${safe.reasons.length === 0 ? '' : `<ul>${safe.reasons.map((reason) => `<li>${text(reason)}</li>`).join('')}</ul>`}</div>
<h2>Offload</h2><table>${rows}</table>${wrong}<h2>${text(totals)}</h2>${files.map(fileHtml).join('\n')}</body></html>
`)
}

function fileHtml({ path, size, hashes, sourceVerified, facts, thumbnail }: ReportFile): string {
  const picture = thumbnail === undefined ? '' : `<img alt="" src="data:image/jpeg;base64,${Buffer.from(thumbnail).toString('base64')}">`
  const words = [bytes(size), facts, sourceVerified ? 'card read twice' : ''].filter((part) => part !== '').join(' · ')
  return `<div class="file${picture === '' ? ' plain' : ''}">${picture}<div><div class="path">${text(path)}</div><div class="dim">${text(words)}</div>${hashes.map(([format, hash]) => `<code>${text(format)} ${text(hash)}</code>`).join('')}</div></div>`
}

const text = (value: string): string => value.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
