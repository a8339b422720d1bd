/** Run as a program: takes everything and answers nothing. */
process.on('message', () => {})
process.on('disconnect', () => process.exit())
