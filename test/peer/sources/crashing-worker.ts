/** Stands in for the capture process: crashes first, then hangs, then works. */
const starts = Number(process.env['STARTS'])
process.on('disconnect', () => process.exit(0))
process.on('message', () => {
  if (starts === 0) process.kill(process.pid, 'SIGSEGV')
  if (starts >= 2) process.send?.({ type: 'tracks', tracks: [] })
})
