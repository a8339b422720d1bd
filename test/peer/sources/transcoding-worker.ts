/** Stands in for the capture process: what it captures has to be encoded, and is switched off after a moment. */
process.on('disconnect', () => process.exit(0))
process.on('message', ({ transcode }: { transcode: boolean }) => {
  if (transcode) process.send?.({ type: 'tracks', tracks: [] })
  process.send?.({ type: 'failed', reason: transcode ? 'it was switched off' : 'it has B-frames', transcode: !transcode }, () => process.exit(0))
})
