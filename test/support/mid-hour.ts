/** Recordings are cut at the full hour: a test that is not about that goes by a clock that stands a quarter past when it begins. Import it for that. */
const realNow = Date.now
const HOUR_MS = 3_600_000
const backMs = realNow() % HOUR_MS - HOUR_MS / 4

Date.now = () => realNow() - backMs
