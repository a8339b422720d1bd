/** The events of a node, by name. The names with `capture.` and `dam.` are those the first clients knew. */
export const TOPICS: readonly string[] = [
  'card.inserted', 'card.removed',
  'recording.started', 'recording.ended', 'motion.started', 'motion.ended', 'camera.object_seen',
  'capture.service_up', 'capture.device_list', 'capture.recording_started', 'capture.recording_stopped', 'capture.segment.created', 'capture.error',
  'asset.ingested', 'dam.ingested', 'alarm.raised', 'alarm.cleared', 'job.ended', 'node.joined', 'node.left'
]

/** Those that come every second: only who names them hears them. */
const FREQUENT = new Set(['capture.segment.created'])

/** Whether a pattern names any event: a topic, `capture.*`, or `*`. */
export const isTopicPattern = (pattern: string): boolean => TOPICS.includes(pattern) || TOPICS.some((topic) => isMatch(pattern, topic))

/** Whether an event is one of those the pattern means. */
export function isMatch(pattern: string, topic: string): boolean {
  if (pattern === topic) return true
  if (FREQUENT.has(topic)) return false
  return pattern === '*' || (pattern.endsWith('.*') && topic.startsWith(pattern.slice(0, -1)))
}
